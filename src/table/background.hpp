// Owns tasks that outlive the call that started them, on whichever loop that call runs: the calls to replicas that
// nobody waits for any more once enough others have answered.
//
// Threads: any loop. stop() once, on one loop, after the last call has returned; it waits for the tasks of all loops.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "runtime/loop.hpp"
#include "runtime/task.hpp"
#include "runtime/task_group.hpp"

namespace garage::table {

class Background {
 public:
  // Starts the task on the current loop.
  void spawn(Task<void> task);
  Task<void> stop();

 private:
  std::mutex mutex_;
  std::map<runtime::Loop*, std::unique_ptr<runtime::TaskGroup>>
      groups_;  // guarded by mutex_; each used on its own loop only
};

}  // namespace garage::table
