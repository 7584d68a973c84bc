// What a node has to be told once it is back: references it missed, and verdicts. Rows of the queue family on the node
// that coordinated; the client never waits for them.
//
// Ownership: borrows everything. Threads: add() on any loop; replay_once() one at a time.
// Bound:     kHintsMax rows. What is dropped beyond that, and counted, is found by `repair blocks`.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "env/env.hpp"
#include "kv/commit_queue.hpp"
#include "kv/store.hpp"
#include "net/caller.hpp"
#include "net/refusal.hpp"
#include "runtime/task.hpp"

namespace garage::block {

class Hints {
 public:
  static constexpr uint64_t kHintsMax = 200'000;

  // Is this node still of the cluster? Hints for others are dropped.
  using IsMember = std::function<bool(const NodeId&)>;

  Hints(env::Env env, kv::Store& store, kv::CommitQueue& commits, net::Caller& caller, IsMember is_member)
      : env_(std::move(env)), store_(store), commits_(commits), caller_(caller), is_member_(std::move(is_member)) {}

  Task<void> add(NodeId node, Uuid owner, std::string operation, std::string payload);
  // Tells those who are up; hints for others are not even read. Returns how many hints are done with.
  Task<Result<size_t>> replay_once();

  uint64_t waiting() const { return waiting_; }
  uint64_t dropped() const { return dropped_; }

 private:
  struct Stored {
    std::string key, operation, payload;
  };
  struct Pass {
    size_t done = 0, left = 0;
    bool saw_all = true;  // nobody's hints were passed over
  };
  // Some of one node's.
  Result<std::vector<Stored>> load(const std::string& prefix, const std::string& from);
  struct Visit;  // to one node
  Task<Result<void>> tell(std::string prefix, Pass& pass);
  Task<void> handle(Visit& visit, Pass& pass, Stored hint);
  Task<bool> deliver(Visit& visit, std::string operation, std::string payload);

  env::Env env_;
  kv::Store& store_;
  kv::CommitQueue& commits_;
  net::Caller& caller_;
  const IsMember is_member_;
  net::RestingNodes resting_;         // of replay_once() alone
  bool counted_ = false;              // what an earlier life has left is in waiting_
  std::atomic<uint64_t> waiting_{0};  // as far as this life of the node knows until then
  std::atomic<uint64_t> added_{0}, dropped_{0};
};

}  // namespace garage::block
