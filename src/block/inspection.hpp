// Goes through all references of this node, one after the other, and sets right what is not as it should be:
//
//   a block that belongs here and is not here      is fetched (it joins the queue of Resync)
//   a block that belongs to other nodes now        is handed over to them, and let go of once every one of them is seen
//                                                  to hold it, durable and referenced: never before
//
// Runs at start, when asked, again soon while something waits to be let go of, and else once a day.
//
// Ownership: borrows everything. Threads: one loop; request(), stats() and notes() from any.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "block/placement.hpp"
#include "block/resync.hpp"
#include "runtime/task_group.hpp"
#include "runtime/worker.hpp"

namespace garage::block {

struct InspectionReport {
  uint64_t references = 0;      // looked at
  uint64_t blocks_missing = 0;  // to be fetched
  uint64_t let_go = 0;          // references that others hold now
  uint64_t kept = 0;            // of other nodes, but not all of these have them yet
};

class Inspection {
 public:
  Inspection(NodeId self, env::Env env, kv::Store& store, kv::CommitQueue& commits, Holder& holder, Replicas& replicas,
             Resync& resync, const BlockPlacement& placement)
      : self_(self),
        env_(std::move(env)),
        store_(store),
        commits_(commits),
        holder_(holder),
        replicas_(replicas),
        resync_(resync),
        placement_(placement) {}

  Task<Result<InspectionReport>> run_once();

  void start();
  Task<void> stop();
  // The next round begins at once.
  void request() { requested_ = true; }
  // One begins soon: a reference that belongs to others has come late.
  void request_soon() { soon_ = true; }

  // Since start.
  uint64_t let_go() const { return let_go_; }
  // Waited to be let go of when the last round ended; nothing before the first.
  std::optional<uint64_t> kept() const { return looked_ ? std::optional(kept_.load()) : std::nullopt; }
  const runtime::WorkerNotes& notes() const { return notes_; }

 private:
  // A reference whose block belongs to others.
  struct Foreign {
    NamedReference name;
    Reference reference;
    std::string key, value;
    std::vector<NodeId> owners;
    size_t holding = 0;  // owners seen to have it all
  };
  struct Page {
    std::vector<Foreign> foreign;
    std::vector<BlockHash> missing;
    size_t references = 0;
    std::string next_from;
  };
  Task<void> run();
  Result<Page> look(const std::string& from) const;
  Task<void> hand_over(std::vector<Foreign>& foreign);
  Task<void> ask_owner(NodeId owner, std::vector<Foreign>& foreign);
  Task<Result<void>> tell_owner(NodeId owner, Foreign foreign, Held held);
  Task<Result<void>> ask_after_owners(std::vector<Foreign>& foreign);

  const NodeId self_;
  env::Env env_;
  kv::Store& store_;
  kv::CommitQueue& commits_;
  Holder& holder_;
  Replicas& replicas_;
  Resync& resync_;
  const BlockPlacement& placement_;
  std::set<std::string> lacking_, lacking_before_;  // keys that an owner had not, in this round and the one before
  std::atomic<uint64_t> let_go_{0}, kept_{0};
  std::atomic<bool> requested_{true}, soon_{false}, looked_{false}, stopping_{false};
  runtime::WorkerNotes notes_;
  runtime::TaskGroup duty_;
};

}  // namespace garage::block
