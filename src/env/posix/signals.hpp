// Signals of the process as jobs of a loop.
#pragma once

#include <functional>
#include <vector>

#include "env/posix/asio_loop.hpp"

namespace garage::env::posix {

// From now on, until the loop dies, each arrival of one of `signals` (SIGINT, SIGTERM, SIGHUP) runs `job` with its
// number on the loop. Any thread, while the loop runs or before. Several arrivals at once may count as one.
void on_signals(AsioLoop& loop, std::vector<int> signals, std::move_only_function<void(int)> job);

// A connection whose peer is gone is an error of the write, not the end of the process.
void ignore_broken_pipes();

}  // namespace garage::env::posix
