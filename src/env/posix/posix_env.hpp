// The real world of one process: loops, pools, clock, random device, disk and network.
//
//   TRY(auto world, PosixWorld::create({}));
//   build things with world->env(), post the first task to a loop
//   CHECK_OK(world->run());     returns after somebody called world->stop()
//
// Lifetime: what was built on env() is stopped before stop() and destroyed after run(), before the world. Pools finish
// what they were given; jobs left in loops are dropped.
#pragma once

#include <cstddef>
#include <memory>

#include "base/result.hpp"
#include "env/env.hpp"
#include "env/posix/loop_threads.hpp"
#include "env/posix/posix_clock.hpp"
#include "env/posix/posix_disk.hpp"
#include "env/posix/posix_network.hpp"
#include "env/posix/posix_random.hpp"
#include "env/posix/thread_pool.hpp"

namespace garage::env::posix {

struct WorldOptions {
  size_t loops = 0;            // 0: one for each core this process may use
  size_t disk_threads = 16;    // requests that wait for a device at the same time; in each of the two pools
  size_t compute_threads = 0;  // 0: as many as cores
};

class PosixWorld {
 public:
  static Result<std::unique_ptr<PosixWorld>> create(WorldOptions options);
  ~PosixWorld();

  Env env();
  // Like env().pools.disk and beside it, for disks that must not keep the others waiting.
  runtime::Pool& data_pool() { return *data_pool_; }
  AsioLoop& loop(size_t index) { return loops_->at(index); }

  // start() returns when the threads run; wait() when they have ended. run() is both.
  Result<void> start() { return loops_->start(); }
  void wait() { loops_->join(); }
  Result<void> run();
  // Any thread; returns at once.
  void stop() { loops_->stop(); }

 private:
  PosixWorld() = default;

  PosixClock clock_;
  PosixRandom random_;
  PosixDisk disk_;
  // Pools die before loops: their last jobs may still post there.
  std::unique_ptr<LoopThreads> loops_;
  std::unique_ptr<ThreadPool> disk_pool_;
  std::unique_ptr<ThreadPool> data_pool_;
  std::unique_ptr<ThreadPool> compute_pool_;
  std::unique_ptr<ThreadPool> resolver_pool_;
  std::unique_ptr<PosixNetwork> network_;
};

}  // namespace garage::env::posix
