// Hints: rows that a replica has missed while others acknowledged them, kept in this node's database until the replica
// has them. A coordinator's client never waits for one; what is lost here is found by synchronisation.
//
// Bound: `bytes_max` for each node; beyond it hints are dropped and counted. Of a row only the newest is kept.
// Ownership: borrows everything; stop() after the last coordinator. Threads: any loop.
// Crash: a hint is durable with the batch after the write; one that was not yet written is lost.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "kv/commit_queue.hpp"
#include "kv/store.hpp"
#include "runtime/background.hpp"
#include "table/gather.hpp"

namespace garage::table {

struct HintOptions {
  uint64_t bytes_max = 1u << 30;  // for each node
};

class Hints final : public HintSink {
 public:
  struct Stored {
    std::string key;  // in Family::kQueue
    std::string value;
    Request install;
  };

  Hints(kv::Store& store, kv::CommitQueue& commits, HintOptions options = {})
      : store_(store), commits_(commits), options_(options) {}

  // Counts what is there. Blocking; at start.
  Result<void> load();
  void add(NodeId node, std::shared_ptr<const Request> install) override;

  std::vector<NodeId> nodes() const;
  uint64_t bytes_for(const NodeId& node) const;
  uint64_t dropped() const { return dropped_; }

  // Up to `count` hints for the node behind the given queue key (empty: from the first). Blocking. Damaged ones are
  // logged and left out, and `damaged` gets their keys.
  Result<std::vector<Stored>> read(const NodeId& node, const std::string& behind, size_t count,
                                   std::vector<std::string>& damaged);
  // Removes it unless a newer one has taken its place.
  Task<Result<void>> remove(NodeId node, std::string key, std::optional<std::string> value);
  Task<void> stop() { return background_.stop(); }

 private:
  class Put;
  class Remove;
  Task<void> put(NodeId node, std::shared_ptr<const Request> install);
  void account(const NodeId& node, int64_t bytes);

  kv::Store& store_;
  kv::CommitQueue& commits_;
  const HintOptions options_;
  mutable std::mutex mutex_;
  std::map<NodeId, uint64_t> bytes_;  // guarded by mutex_; of keys and values
  std::atomic<uint64_t> dropped_ = 0;
  runtime::Background background_;
};

}  // namespace garage::table
