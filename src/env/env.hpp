// Everything a node needs from the world. main() fills it from env/posix, the simulator from sim; nothing above may
// reach past it.
#pragma once

#include <vector>

#include "env/disk.hpp"
#include "env/network.hpp"
#include "runtime/clock.hpp"
#include "runtime/loop.hpp"
#include "runtime/pool.hpp"
#include "runtime/random.hpp"

namespace garage::env {

// The loops of a node, at least one. In the simulator all are the same.
using Loops = std::vector<runtime::Loop*>;

struct Env {
  runtime::Clock& clock;
  runtime::Random& random;
  Disk& disk;
  Network& network;
  Loops loops;
  runtime::Pools pools;
};

}  // namespace garage::env
