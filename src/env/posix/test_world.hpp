// Test support: a running PosixWorld, and running a task on one of its loops to its end.
#pragma once

#include <gtest/gtest.h>

#include <future>
#include <memory>

#include "env/posix/posix_env.hpp"
#include "runtime/task_group.hpp"

namespace garage::env::posix {

class TestWorld {
 public:
  explicit TestWorld(WorldOptions options = {.loops = 1, .disk_threads = 2, .compute_threads = 2}) {
    auto made = PosixWorld::create(options);
    EXPECT_TRUE(made);
    world_ = std::move(*made);
    EXPECT_TRUE(world_->start());
  }

  PosixWorld& operator*() { return *world_; }
  PosixWorld* operator->() { return world_.get(); }

  void run(Task<void> task, size_t loop = 0) {
    std::promise<void> done;
    auto* group = new runtime::TaskGroup();
    world_->loop(loop).post(
        [&done, group, task = std::move(task)]() mutable { group->spawn(then_set(std::move(task), done, group)); });
    done.get_future().wait();
  }

 private:
  static Task<void> then_set(Task<void> task, std::promise<void>& done, runtime::TaskGroup* group) {
    co_await std::move(task);
    // After this coroutine has ended and the group is idle.
    runtime::Loop::current()->post([&done, group] {
      delete group;
      done.set_value();
    });
  }

  std::unique_ptr<PosixWorld> world_;
};

}  // namespace garage::env::posix
