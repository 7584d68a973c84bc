// Cuts the power at every change of a flow, in every mode, and lets a check look at what is left.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "sim/disk.hpp"

namespace garage::sim {

struct CutPoint {
  uint64_t change =
      0;  // the power failed just before this change of the flow (1 is the first); after the flow if it ended
  CutOptions options;
  uint64_t seed = 0;
  bool acknowledged = false;  // the flow ended with ok (perhaps before a last change that it did not insist on)
};

struct SweepOptions {
  uint64_t seeds_per_point = 5;  // for the modes that draw
};

// Runs `flow` on copies of `before`. `check` gets the disk after the cut, usable again. Returns the number of changes
// in the flow. The last points, after the whole flow, check that what it acknowledged is durable.
uint64_t sweep_power_cuts(const SimDisk& before, const std::function<Result<void>(SimDisk&)>& flow,
                          const std::function<void(SimDisk&, const CutPoint&)>& check, SweepOptions options = {});

std::string to_string(const CutPoint& point);

}  // namespace garage::sim
