// Deep runs of the register histories: register_sim --seeds A..B [--shape NAME] [--without RULE] [--duties]
// [--far-clocks] [--show]
//
// Prints a line for every bad seed (with --show its history) and a summary. Exit status: 0 none was bad, 1 some were, 2
// wrong usage.
#include <fmt/format.h>

#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "sim/register_history.hpp"
#include "sim/seed_range.hpp"

namespace garage::sim {
namespace {

const std::map<std::string_view, RegisterShape> kShapes = {
    {"three", RegisterShape::kThree},
    {"two", RegisterShape::kTwo},
    {"five", RegisterShape::kFive},
    {"one-of-three", RegisterShape::kOneOfThree},
    {"alone", RegisterShape::kAlone},
    {"layout-change", RegisterShape::kLayoutChange},
    {"loss-of-two", RegisterShape::kLossOfTwo},
};

bool leave_out(std::string_view rule, RegisterScenario& scenario) {
  const std::map<std::string_view, bool*> rules = {
      {"fence-for-plain", &scenario.ablation.plain_installs_ignore_fence},
      {"promise-kept", &scenario.ablation.promise_forgotten},
      {"full-round", &scenario.ablation.check_then_write},
      {"settle", &scenario.ablation.no_settle},
      {"settle-after-install", &scenario.ablation.no_settle_after_install},
      {"write-back", &scenario.ablation.no_write_back},
      {"lineage", &scenario.ablation.retry_without_lineage},
      {"retry-keeps-ord", &scenario.ablation.retry_as_new},
      {"two-floors", &scenario.ablation.truncation_is_blind},
      {"lineage-of-settled", &scenario.ablation.lineage_of_unsettled},
      {"look-at-promises", &scenario.ablation.promises_not_looked_at},
      {"sync-before-answer", &scenario.answers_before_sync},
      {"fence-for-sync", &scenario.sync_ignores_fence},
      {"stages", &scenario.stage_ignored},
      {"handover", &scenario.handover_skipped},
  };
  const auto found = rules.find(rule);
  if (found == rules.end()) return false;
  *found->second = true;
  return true;
}

struct Options {
  SeedRange seeds{1, 1000};
  bool show = false;
  RegisterScenario scenario;
};

std::optional<Options> parse(int count, char** arguments) {
  Options out;
  for (int i = 1; i < count; ++i) {
    const std::string_view name = arguments[i];
    if (name == "--show") {
      out.show = true;
      continue;
    }
    if (name == "--far-clocks") {
      out.scenario.far_clocks = true;
      continue;
    }
    if (name == "--duties") {
      out.scenario.duties = true;
      continue;
    }
    if (++i == count) return std::nullopt;
    const std::string value = arguments[i];
    if (name == "--seeds") {
      const auto seeds = parse_seed_range(value);
      if (!seeds) return std::nullopt;
      out.seeds = *seeds;
    } else if (name == "--shape") {
      const auto found = kShapes.find(value);
      if (found == kShapes.end()) return std::nullopt;
      out.scenario.shape = found->second;
    } else if (name == "--without") {
      if (!leave_out(value, out.scenario)) return std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  return out;
}

int run(const Options& options) {
  RegisterCounts counts;
  uint64_t bad = 0;
  for (uint64_t seed = options.seeds.first; seed <= options.seeds.last; ++seed) {
    const RegisterLife life = live_register(seed, options.scenario);
    counts.add(life.counts);
    if (life.good()) continue;
    ++bad;
    if (options.show) {
      fmt::print("{}\n", describe(seed, life));
    } else {
      fmt::print("bad seed {}\n", seed);
    }
    std::fflush(stdout);
  }
  fmt::print("{} bad of {}; {}\n", bad, options.seeds.last + 1 - options.seeds.first, to_string(counts));
  return bad == 0 ? 0 : 1;
}

}  // namespace
}  // namespace garage::sim

int main(int argc, char** argv) {
  const auto options = garage::sim::parse(argc, argv);
  if (!options) {
    fmt::print(stderr,
               "usage: register_sim [--seeds A..B] [--shape three|two|five|one-of-three|alone|layout-change] "
               "[--without RULE] [--duties] [--far-clocks] [--show]\n");
    return 2;
  }
  return garage::sim::run(*options);
}
