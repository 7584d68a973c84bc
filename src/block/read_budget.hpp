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
#include "base/time.hpp"
#include "runtime/loop.hpp"
#include "runtime/semaphore.hpp"

namespace garage::block {

// To one peer, of one loop.
struct ReadLine {
  explicit ReadLine(size_t size) : bytes(size) {}
  void release(size_t size) {
    moved = runtime::Loop::current()->now();
    bytes.release(size);
  }

  runtime::Semaphore bytes;
  MonotonicTime moved;  // when an answer came last
};

class ReadBudget {
 public:
  // `bytes`: of a line.
  explicit ReadBudget(size_t bytes) : bytes_(bytes) {}

  // Lives as long as this.
  ReadLine& line_to(const NodeId& peer) {
    std::lock_guard lock(mutex_);
    auto& line = lines_[{runtime::Loop::current(), peer}];
    if (!line) line = std::make_unique<ReadLine>(bytes_);
    return *line;
  }

 private:
  const size_t bytes_;
  std::mutex mutex_;
  std::map<std::pair<runtime::Loop*, NodeId>, std::unique_ptr<ReadLine>> lines_;  // guarded by mutex_
};

}  // namespace garage::block
