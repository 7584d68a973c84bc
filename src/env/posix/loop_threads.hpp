// Some loops, each on a thread of its own.
//
// Threads: stop() from any; start(), join() and destruction by the owner. Things that live on the loops may be made
// before start().
#pragma once

#include <memory>
#include <thread>
#include <vector>

#include "base/result.hpp"
#include "env/env.hpp"
#include "env/posix/asio_loop.hpp"

namespace garage::env::posix {

class LoopThreads {
 public:
  static Result<std::unique_ptr<LoopThreads>> create(size_t count);
  ~LoopThreads();  // stops and joins

  Loops loops() const;
  AsioLoop& at(size_t index) { return *loops_[index]; }

  // Once. On an error none runs.
  Result<void> start();
  void stop();
  // Returns when all have stopped.
  void join();

 private:
  LoopThreads() = default;

  std::vector<std::unique_ptr<AsioLoop>> loops_;
  std::vector<std::thread> threads_;
};

}  // namespace garage::env::posix
