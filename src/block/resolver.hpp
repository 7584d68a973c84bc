// Ends the holds that left a question open, through the commit queue: so that the answer is true when it is acted upon.
//
// Questions: was a record that was offered to the index really taken (a commit that failed or whose outcome nobody
// waited for)? Which place did it replace? Is a block that a removal spared, because it was held, still referenced?
//
// A crash forgets the questions: the records are then garbage that the next start or compaction reclaims, and a spared
// block stays, as an unreferenced row, until compaction comes by.
#pragma once

#include <mutex>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "block/rhythm.hpp"
#include "runtime/task.hpp"

namespace garage::block {

struct Core;

class Resolver {
 public:
  explicit Resolver(Core& core, runtime::Loop& home);

  // Any thread. The hold on this block is the resolver's now.
  void add(const BlockHash& hash);
  Task<void> stop() { return rhythm_.stop(); }

 private:
  Task<void> resolve_all();

  Core& core_;
  std::mutex mutex_;
  std::vector<BlockHash> waiting_;  // guarded by mutex_
  Rhythm rhythm_;
};

}  // namespace garage::block
