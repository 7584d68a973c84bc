// How many bytes of blocks a loop asks one peer for at a time. Who wants more waits here: at the peer all of them would
// be answers that wait for the line between the two, and beyond its bound it refuses.
//
// Threads: any loop; each sees its own. Private to this module.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "base/ids.hpp"
#include "runtime/semaphore.hpp"

namespace garage::block {

class ReadBudget {
 public:
  explicit ReadBudget(size_t bytes) : bytes_(bytes) {}

  // In bytes. Lives as long as this.
  runtime::Semaphore& of(const NodeId& peer) {
    std::lock_guard lock(mutex_);
    auto& budget = budgets_[{runtime::Loop::current(), peer}];
    if (!budget) budget = std::make_unique<runtime::Semaphore>(bytes_);
    return *budget;
  }

 private:
  const size_t bytes_;
  std::mutex mutex_;
  std::map<std::pair<runtime::Loop*, NodeId>, std::unique_ptr<runtime::Semaphore>> budgets_;  // guarded by mutex_
};

}  // namespace garage::block
