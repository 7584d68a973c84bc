#include "sim/sweep.hpp"

#include <fmt/format.h>

#include <array>

namespace garage::sim {
namespace {

constexpr std::array kModes{CutMode::kDropAll, CutMode::kKeepAll, CutMode::kPrefix, CutMode::kSubset};
constexpr std::array<std::string_view, 4> kModeNames{"drop all", "keep all", "prefix", "subset"};

// True if the power failed before the flow ended.
bool cut_once(const SimDisk& before, const std::function<Result<void>(SimDisk&)>& flow,
              const std::function<void(SimDisk&, const CutPoint&)>& check, CutPoint point) {
  SimDisk disk(point.seed, before.faults());
  disk = before;
  disk.cut_at_change(point.change);
  point.acknowledged = flow(disk).has_value();
  const bool cut = disk.power_is_off();
  disk.power_cut(point.options);
  check(disk, point);
  return cut;
}

}  // namespace

uint64_t sweep_power_cuts(const SimDisk& before, const std::function<Result<void>(SimDisk&)>& flow,
                          const std::function<void(SimDisk&, const CutPoint&)>& check, SweepOptions options) {
  uint64_t seed = 0;
  for (uint64_t change = 1;; ++change) {
    bool cut = false;
    for (const CutMode mode : kModes) {
      const bool draws = mode == CutMode::kPrefix || mode == CutMode::kSubset;
      for (uint64_t i = 0; i < (draws ? options.seeds_per_point : 1); ++i) {
        cut = cut_once(before, flow, check, {.change = change, .options = {.mode = mode}, .seed = ++seed});
      }
    }
    if (!cut) return change - 1;
  }
}

std::string to_string(const CutPoint& point) {
  return fmt::format("power cut before change {}, {}, seed {}, {}", point.change,
                     kModeNames[static_cast<size_t>(point.options.mode)], point.seed,
                     point.acknowledged ? "acknowledged" : "not acknowledged");
}

}  // namespace garage::sim
