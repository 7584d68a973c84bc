// Owns tasks that outlive the call that started them, on whichever loop that call runs: questions to other nodes that
// nobody waits for any more once enough have answered, copies still on their way when enough others have arrived.
//
// Threads: any loop. stop() once, on one loop, after the last call has returned; it waits for the tasks of all loops.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "runtime/loop.hpp"
#include "runtime/task.hpp"
#include "runtime/task_group.hpp"

namespace garage::runtime {

class Background {
 public:
  // Starts the task on the current loop.
  void spawn(Task<void> task);
  Task<void> stop();

 private:
  std::mutex mutex_;
  std::map<Loop*, std::unique_ptr<TaskGroup>> groups_;  // guarded by mutex_; each used on its own loop only
  std::vector<std::unique_ptr<TaskGroup>> joiners_;     // of stop()
};

}  // namespace garage::runtime
