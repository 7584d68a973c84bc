// The background duties of blocks in a cluster, on one loop: hints are replayed, missing blocks fetched, each about
// once a second, or at once while very many blocks are missing, until stop(). Neither waits for the other: a node that
// was away for long may have to be told very much.
#pragma once

#include <atomic>

#include "block/hints.hpp"
#include "block/resync.hpp"
#include "runtime/task_group.hpp"

namespace garage::block {

class Upkeep {
 public:
  // `resync`: nullptr on a gateway.
  Upkeep(Hints& hints, Resync* resync) : hints_(hints), resync_(resync) {}
  // On the loop that is to do it.
  void start();
  // On the same loop.
  Task<void> stop();

 private:
  Task<void> replay_hints();
  Task<void> fetch_missing();

  Hints& hints_;
  Resync* resync_;
  std::atomic<bool> stopping_{false};
  runtime::TaskGroup duty_;
};

}  // namespace garage::block
