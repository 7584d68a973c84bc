// A pool for unit tests: runs each job at once, on the caller's thread.
#pragma once

#include "runtime/pool.hpp"

namespace garage::runtime {

class InlinePool : public Pool {
 public:
  void run(Job job) override { job(); }
};

}  // namespace garage::runtime
