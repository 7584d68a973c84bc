// Asks several replicas at once and waits until enough have agreed in every set that counts, until that has become
// impossible, or until the time is over. Answers that come later are dropped.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "runtime/background.hpp"
#include "runtime/task.hpp"
#include "table/messages.hpp"
#include "table/peers.hpp"
#include "table/placement.hpp"
#include "table/replica.hpp"

namespace garage::table {

// Which INSTALLs did not arrive, for whoever tries again later.
class HintSink {
 public:
  virtual ~HintSink() = default;
  // On the loop of the coordinator; does not wait.
  virtual void add(NodeId node, std::shared_ptr<const Request> install) = 0;
};

struct GatherOptions {
  size_t quorum_max = SIZE_MAX;  // at most so many of a set need to agree
  // If set, only the nearest nodes that make a quorum are asked, and the others once one of them fails or this has
  // passed.
  std::optional<Duration> spill_after = {};
};

struct Granted {
  NodeId node;
  Reply reply;
};

struct Gathered {
  bool quorum = false;           // a majority of every needed set has granted
  bool stage_over = false;       // somebody is further in a layout change
  bool refused = false;          // a fence or a higher row stood above what was asked
  bool aborted = false;          // so many refuse an aborted upload that no quorum is left
  bool closed = false;           // somebody lets clients write nothing more
  bool no_space = false;         // the disks of so many are nearly full that no quorum is left
  bool far_future = false;       // somebody takes the ord for that of a broken clock
  std::vector<Granted> granted;  // in the order of the nodes asked
  Ord seen;                      // the highest that anybody told of

  // The highest row among the granted answers; nullptr where none holds any.
  const Row* highest_row() const;
  // Is the row that this answer returned held by a majority of every set? `ord` zero: is it absent there?
  bool held_by_majorities(Ord ord, const std::vector<ReplicaSet>& sets) const;
  // Of each write that anybody noted, the note with the lowest ord.
  std::vector<CompletionNote> notes() const;
};

// This node's replica (nullptr on a gateway) and the way to the others. Owned by whoever gathers; stop() after the last
// gather().
class Asker {
 public:
  // `hints` may be null.
  Asker(NodeId self, Replica* own, Peers& peers, HintSink* hints = nullptr)
      : self_(self), own_(own), peers_(peers), hints_(hints) {}

  // Asks each node of `targets` once; `needed` sets are subsets of it.
  Task<Gathered> gather(std::shared_ptr<const Request> request, std::vector<ReplicaSet> needed, ReplicaSet targets,
                        Duration timeout, GatherOptions options = {});
  Task<Result<Reply>> ask(NodeId node, std::shared_ptr<const Request> request, MonotonicTime deadline);
  NodeId self() const { return self_; }
  Task<void> stop() { return background_.stop(); }

 private:
  class Round;
  NodeId self_;
  Replica* own_;
  Peers& peers_;
  HintSink* const hints_;
  runtime::Background background_;
};

// Every member of any of the sets, once, in order of first mention.
ReplicaSet union_of(const std::vector<ReplicaSet>& sets);

}  // namespace garage::table
