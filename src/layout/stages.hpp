// How the next version takes over from the settled one, without a moment at which two quorums could miss each other.
//
//   E1  written to and read from the old nodes                    the next version is only looked at
//   E2  written to old and new nodes, read from the old ones      entered once all have seen the same next version
//   (each old node hands its rows over to the new ones)
//   E3  written to old and new nodes, read from the new ones      entered once all are in E2 and have handed over
//   E4  written to and read from the new nodes                    entered once all are in E3: the version is settled
//
// A stage is a number for the whole cluster, and every request carries it: a replica refuses those behind its own.
// "All" are the nodes that hold a partition in one of the two versions, and no gateway. A revoked node is not waited
// for; but in each set of replicas N-W+1 nodes must really have come along, or else the change waits: acknowledged
// writes could lie on the missing ones only.
//
// Where both versions have the same nodes in every partition, or nothing was stored before, the stages between are
// passed over: seen and acknowledged by all, the version is settled.
#pragma once

#include "layout/history.hpp"

namespace garage::layout {

// E1 of the step away from a version, which is E4 of the step to it.
inline constexpr uint64_t first_stage(uint64_t version) {
  return 3 * version;
}

// The latest stage that a node may enter by what is known here; coordinators and gateways use it at once.
uint64_t enterable_stage(const History& history);

// What this node has done.
struct Progress {
  uint64_t fenced_stage = 0;  // requests of earlier stages are refused, and none of them is still being carried out
  uint64_t handed_over = 0;   // version to whose nodes all rows of this one were settled
};

// Moves this node's tracker as far as its progress and the others allow. True if the history changed. Where a version
// takes over without moving anything, its stages count as fenced: they mean the same nodes.
bool announce(History& history, const NodeId& self, Progress& progress);

// Settles what everybody has passed, and forgets what says nothing any more. merge() and announce() end with it.
void settle(History& history);

// ---- for those who read and write

using ReplicaSet = std::vector<NodeId>;

struct ReplicaSets {
  uint64_t stage = 0;
  ReplicaSet read;                // empty: nothing can be stored yet
  std::vector<ReplicaSet> write;  // one, or two in E2 and E3 of a partition that changes its nodes
};

// Of a partition at a stage, which is one that enterable_stage() gave for this history or an earlier one. While both
// sets are written a revoked node may be left out of them (replica_sets.cpp); quorums are majorities of what is left.
ReplicaSets replica_sets(const History& history, uint64_t stage, uint32_t partition);

struct BlockSets {
  ReplicaSet write;  // who gets the bytes
  size_t write_quorum = 0;
  ReplicaSet read;  // who may have them: by the newest version first, then by older ones; each once
};

BlockSets block_sets(const History& history, uint64_t stage, uint32_t partition);

// The partition of a hash: its top bits.
uint32_t partition_of_hash(std::string_view hash, uint32_t partition_count);

// ---- for people

enum class Step : unsigned char { kSee, kAcknowledge, kHandOver, kReadNew };
std::string_view to_string(Step step);

struct Waiting {
  uint64_t version = 0;
  Step step = Step::kSee;
  std::vector<NodeId> nodes;      // who has not come so far
  bool too_many_revoked = false;  // and revoking more does not help: loss would have to be accepted
};

// Whom the change to the next version waits for; nothing while none is on its way.
std::optional<Waiting> waiting_for(const History& history);

// Are so many nodes of a partition revoked that the change to the next version will not end, whoever else comes along?
// Unless loss is accepted, that is.
bool is_stopped_by_revocation(const History& history);

// Nodes whose progress counts for the step to the next version.
std::vector<NodeId> involved_nodes(const History& history);

// What a node has reached, with what the settled version implies.
Tracker tracker_of(const History& history, const NodeId& node);

}  // namespace garage::layout
