// How long something takes, by the time of the loop it began on.
//
// Threads: that loop, or one that has the same time.
#pragma once

#include "runtime/loop.hpp"

namespace garage::runtime {

class Stopwatch {
 public:
  Stopwatch() : loop_(*Loop::current()), start_(loop_.now()) {}
  Duration elapsed() const { return loop_.now() - start_; }

 private:
  Loop& loop_;
  const MonotonicTime start_;
};

}  // namespace garage::runtime
