// The register where a row has several replicas, or one that is not this node: the coordinator of the fenced protocol.
//
//   plain write   READ a quorum, INSTALL above what it saw; where that is refused or fails, full rounds with the same
//   uuid full round    PREPARE a ballot on a quorum of every write set, look at the highest row, decide, INSTALL at the
//   ballot read          READ a quorum; unless the highest row is on a quorum of every write set, INSTALL it back first
//
// What must not be "simplified" in here, and why: docs/decisions/fenced-register.md.
//
// Ownership: borrows everything; stop() after the last call has returned. Threads: any loop.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/random.hpp"
#include "table/ablation.hpp"
#include "table/gather.hpp"
#include "table/ord_source.hpp"
#include "table/placement.hpp"
#include "table/register.hpp"

namespace garage::table {

struct QuorumOptions {
  Duration call_timeout = 10s;       // for one round of messages
  Duration read_spill_after = 50ms;  // reads ask the nearest replicas, and the others after this or a failure
  Consistency consistency = Consistency::kConsistent;
  // Of two replicas, one answers reads where the other cannot be reached: nothing acknowledged is missing there, only
  // what is not yet acknowledged may appear and vanish.
  bool one_of_two_answers = true;
  int read_attempts_max = 6;
  int round_attempts_max = 6;
  Duration pause_shortest = 5ms;  // between attempts; then random, up to attempt times pause_step more
  Duration pause_step = 60ms;
  // Where replicas are a stage ahead: until this node has heard of it too, which takes a turn of the gossip.
  Duration stage_pause = 150ms;
  Duration time_patience = 2s;  // after a start, for the clocks of others to be heard
  // For tests.
  size_t lineage_max = kLineageMax;
  Ablation ablation = {};
};

class QuorumRegister final : public Register {
 public:
  // `own`: this node's replica of the schema; nullptr on a node that stores nothing. `hints` may be null: then replicas
  // that were away learn by synchronisation only.
  QuorumRegister(NodeId self, Replica* own, Peers& peers, Placement& placement, OrdSource& ords,
                 runtime::Random& random, Schema& schema, QuorumOptions options = {}, HintSink* hints = nullptr)
      : asker_(self, own, peers, hints),
        placement_(placement),
        ords_(ords),
        random_(random),
        schema_(schema),
        options_(options) {}

  // A write with a CommitExtra is kUnsupported: that belongs to a set of one.
  Task<Result<Written>> write(Write write) override;
  Task<Result<std::optional<Row>>> read(std::string key) override;
  // A full round without a change: what a quorum of every set holds is chosen anew above every promise. For the
  // background: a row that sync could not install below a dead promise, and the handover of a layout change.
  // `above`: what a replica that refused said it had seen; the round goes above it.
  Task<Result<void>> settle(std::string key, Ord above = {});
  Task<Result<Settled>> settle(std::string key, SettleOptions options) override;
  Task<void> stop() { return asker_.stop(); }

 private:
  // One operation on its way. Lives in the frame of write(), read() or settle().
  struct Operation {
    std::string key;
    Write* write = nullptr;  // nullptr: nothing is to change
    uint64_t started_ms = 0;
    Ord seen;                      // the highest ord drawn here or told of by anybody
    Ord witnessed = {};            // the highest that a replica told of
    std::optional<Ord> first_ord;  // of the first install sent for the write
    std::optional<Row> before;     // what the latest install sent would replace
    SettleOptions settle;          // where nothing is to change
    bool aborted = false;          // the upload that the write completes is marked as aborted
    bool refused = false;          // somebody was above it, rather than failed to answer
    bool slept = false;            // the layout moved on too far since the write began
    bool closed = false;           // somebody lets clients write nothing more
    bool no_space = false;         // as of Gathered: another try would only leave more of itself
    bool far_future = false;       // somebody takes this node's clock for broken
    bool time_unknown = false;     // this node has not heard the clocks of others yet
  };
  // A ballot that a quorum of every write set has promised, and what it found.
  struct Prepared {
    ReplicaSets sets;
    Ord ballot;
    std::optional<Row> row;
    bool stable = false;          // a quorum of every write set holds that row (or none)
    std::vector<NodeId> holders;  // who answered with that row
    std::vector<CompletionNote> notes;
  };

  // Of a row to be installed: nobody has it yet, or a replica does. To bring what was found to the others adds nothing
  // that was not promised, also where it is this operation's own.
  enum class Origin : unsigned char { kComposed, kFound };

  // What travels beside a row, or where it can be fetched.
  struct Beside {
    std::vector<Companion> companions;
    std::optional<NodeId> at;
  };

  static void learn(Operation& operation, const Gathered& gathered);
  static Purpose purpose_of(const Operation& operation);
  void vouch(const Operation& operation, Request& request) const;

  // quorum_register.cpp
  Task<std::optional<Result<Written>>> plain_write(Operation& operation);
  Task<std::optional<Gathered>> read_quorum(Operation& operation, ReplicaSets sets, std::vector<ReplicaSet> needed);
  Task<Gathered> read_from(Operation& operation, ReplicaSets sets, std::vector<ReplicaSet> needed, size_t quorum_max);
  bool answers_from_one(const ReplicaSets& sets, const Gathered& gathered) const;
  Task<bool> install(Operation& operation, ReplicaSets sets, Row row, Beside beside, Origin origin);
  Task<bool> write_back(Operation& operation, ReplicaSets sets, Row row, std::vector<NodeId> holders);
  Task<std::optional<Beside>> companions_for(Operation& operation, uint64_t stage, Row row,
                                             std::vector<NodeId> holders);
  Task<void> pause(int attempt);
  Task<bool> wait_for_time(Operation& operation);
  Result<Written> give_up(const Operation& operation) const;
  static std::unexpected<Error> not_agreed(const Operation& operation);
  bool above_ceiling(const Operation& operation, Ord ord) const;

  // full_round.cpp
  Task<Result<Written>> decide_in_rounds(Operation& operation);
  Task<std::optional<Result<Written>>> decide(Operation& operation, Prepared prepared);
  Task<std::optional<Result<Written>>> answer_settled(Operation& operation, Prepared prepared, Result<Written> answer);
  Task<std::optional<std::optional<Row>>> settle_once(Operation& operation, bool even_if_stable);
  Task<std::optional<Prepared>> next_round(Operation& operation);
  Task<bool> install_restamped(Operation& operation, Prepared prepared);

  Asker asker_;
  Placement& placement_;
  OrdSource& ords_;
  runtime::Random& random_;
  Schema& schema_;
  const QuorumOptions options_;
};

}  // namespace garage::table
