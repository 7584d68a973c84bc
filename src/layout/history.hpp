// All that the nodes of a cluster know together about its layout: the versions, what is staged for the next, how far
// each node has come in taking over a new version, and who was revoked. It travels whole: every node keeps one, sends
// it to others, and merges what it receives. Merging is commutative, associative and idempotent, so the order in which
// news travel does not matter.
//
// One version is *settled*: all data is under it. Versions after it wait in a row; the next one is taken over in the
// stages of stages.hpp. Versions before it are kept a while, for blocks that have not moved yet.
//
// Two versions of one number come from applying on two nodes at once. Nothing is written under a version until all its
// nodes have seen the same one, so one of the two is dropped in time: the one with the higher hash, unless a node has
// acknowledged it already.
//
// A value; cheap to copy, because versions are shared.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "layout/cluster_layout.hpp"

namespace garage::layout {

inline constexpr uint64_t kVersionsKept = 5;     // before the settled one
inline constexpr uint64_t kVersionsWaiting = 8;  // after it
inline constexpr size_t kTrackersMax = 4 * kNodesMax;
inline constexpr size_t kRevokedMax = 16 * kNodesMax;

// How far a node has come; what is 0 or behind the settled version says nothing. Only the node itself moves it.
struct Tracker {
  uint64_t seen = 0;       // knows this version, and holds it for the right one...
  uint64_t seen_turn = 0;  // ...having changed its mind so often...
  LayoutHash seen_hash;    // ...of those with this number
  uint64_t ack = 0;        // refuses who does not write to it (and will not change its mind)
  uint64_t sync = 0;       // has handed its rows over to it
  uint64_t sync_ack = 0;   // refuses who does not read from it
  friend bool operator==(const Tracker&, const Tracker&) = default;
};

struct KnownVersion {
  std::shared_ptr<const LayoutVersion> layout;
  LayoutHash hash;
};

// Each entry has the number of its edit, and of two the later one counts: `clock` runs through the whole cluster, as
// an edit takes the highest number known and one more.
struct Staging {
  struct StagedRole {
    uint64_t clock = 0;
    bool changes = false;      // or: what was staged was taken back
    std::optional<Role> role;  // nullopt: the node leaves
    friend auto operator<=>(const StagedRole&, const StagedRole&) = default;
  };
  struct StagedRedundancy {
    uint64_t clock = 0;
    bool changes = false;
    ZoneRedundancy redundancy;
    friend auto operator<=>(const StagedRedundancy&, const StagedRedundancy&) = default;
  };

  uint64_t round = 0;  // grows with each apply and revert; all of a later round replaces all of an earlier one
  std::map<NodeId, StagedRole> roles;
  StagedRedundancy redundancy;
  friend bool operator==(const Staging&, const Staging&) = default;
};

struct History {
  uint32_t replication_factor = 1;            // of the next version; the same on all nodes
  std::map<uint64_t, KnownVersion> versions;  // by number, without gaps
  uint64_t settled = 0;                       // 0: none yet
  LayoutHash origin;                          // of the first version ever settled: names the cluster
  Staging staging;
  std::map<NodeId, Tracker> trackers;
  std::map<NodeId, uint64_t> revoked;  // for ever, with the version that was settled when it was
  uint64_t loss_accepted = 0;          // up to this version, too many revoked nodes stop nothing: data may be missing

  uint64_t newest() const { return versions.empty() ? 0 : versions.rbegin()->first; }
  // Null where it is not known.
  const KnownVersion* find(uint64_t version) const {
    const auto it = versions.find(version);
    return it == versions.end() ? nullptr : &it->second;
  }
};

// A history that has this one version, settled.
History history_of(LayoutVersion version);

ClusterLayout current_layout(const History& history);

// ---- editing. kInvalid for what makes no sense.

// Adds a change. One that leaves the node as it is takes back what was staged for it.
Result<void> stage_role(History& history, const NodeId& node, std::optional<Role> role);
Result<void> stage_redundancy(History& history, ZoneRedundancy redundancy);
void revert_staged(History& history);
// Makes what is staged the version of this number, which must be the next one.
Result<void> apply_staged(History& history, uint64_t version);
// These nodes are not waited for any more and refused for ever.
Result<void> revoke(History& history, const std::vector<NodeId>& nodes);
std::vector<NodeId> revoked_nodes(const History& history);
// Lets versions up to this one settle though too many nodes of a partition are revoked.
void accept_loss(History& history, uint64_t version);

// ---- merging

struct DroppedVersion {
  uint64_t version = 0;
  LayoutHash kept, dropped;
};

struct Merged {
  bool changed = false;
  std::vector<DroppedVersion> dropped;  // conflicts that were decided
  // Of this node's staged changes, those that got lost: another node applied others without having heard of them, or
  // staged something else for the same node at the same time.
  std::map<NodeId, std::optional<Role>> dropped_roles;
};

// kConflict: they belong to different clusters, or to ones that went different ways. kInvalid: another replication
// factor. On an error `mine` is as it was.
Result<Merged> merge(History& mine, const History& theirs);

// ---- bytes: docs/formats/cluster_layout.md

// Equal histories give equal bytes. The checksum covers all of it.
std::string encode_history(const History& history);
// Files of the first format are read as well. kCorrupt for damage, kUnsupported for a newer format.
Result<History> decode_history(std::string_view encoded);
// Can that be worked with? kUnsupported where a version is cut into another number of partitions, kCorrupt where a node
// would have come further than there are versions.
Result<void> check_usable(const History& history, uint32_t partition_count);
LayoutHash digest_of(const History& history);

bool operator==(const History& a, const History& b);

}  // namespace garage::layout
