// Who is asked for a row or a block at a stage.
#include <algorithm>

#include "layout/in_effect.hpp"
#include "layout/stages.hpp"

namespace garage::layout {
namespace {

bool contains(const ReplicaSet& set, const NodeId& node) {
  return std::ranges::find(set, node) != set.end();
}

bool is_same(ReplicaSet a, ReplicaSet b) {
  std::ranges::sort(a);
  std::ranges::sort(b);
  return a == b;
}

// The two sets of a partition that changes its nodes, while both are written.
class JointSets {
 public:
  JointSets(const History& history, ReplicaSet& before, ReplicaSet& after)
      : history_(history), before_(before), after_(after) {}

  // Where N is even a majority is one more than the N-W+1 that meet each majority. In one of the two sets these are
  // enough, as any two quorums meet in the other set; they are a majority of what is left without one of the N. So
  // the change ends though one of two is gone: docs/decisions/revoked-of-two.md.
  void leave_out_one_revoked() {
    for (const NodeId& node : ReplicaSet(before_)) {
      // Of two, the same one may be left out of both sets: each other quorum still has all that is left.
      if (before_.size() == 2 && is_revoked(node) && contains(after_, node)) {
        std::erase(before_, node);
        std::erase(after_, node);
        return;
      }
    }
    (void)(leave_out_one_of(before_) || leave_out_one_of(after_));
  }

  // What only they had is given up. New nodes that are all revoked stay, as nothing would be left to write to: those of
  // whom it is not known since when, or there is nobody before them (in_effect.hpp).
  void leave_out_all_revoked() {
    const auto revoked = [this](const NodeId& node) { return is_revoked(node); };
    std::erase_if(before_, revoked);
    if (!std::ranges::all_of(after_, revoked)) std::erase_if(after_, revoked);
  }

 private:
  bool is_revoked(const NodeId& node) const { return history_.revoked.contains(node); }
  bool leave_out_one_of(ReplicaSet& set) const {
    const auto found = std::ranges::find_if(set, [this](const NodeId& node) { return is_revoked(node); });
    if (set.size() % 2 != 0 || found == set.end()) return false;
    set.erase(found);
    return true;
  }

  const History& history_;
  ReplicaSet& before_;
  ReplicaSet& after_;
};

}  // namespace

ReplicaSets replica_sets(const History& history, uint64_t stage, uint32_t partition) {
  const uint64_t oldest = history.settled == 0 ? 0 : history.versions.begin()->first;
  stage = std::max(stage, first_stage(oldest));
  const uint64_t old = stage / 3, step = stage % 3;
  ReplicaSets out{.stage = stage, .read = replicas_in_effect(history, old, partition), .write = {}};
  ReplicaSet before = out.read, after;
  if (step != 0) after = replicas_in_effect(history, old + 1, partition);
  if (step == 2) out.read = after;
  const bool moves = !after.empty() && !is_same(before, after);
  if (moves && !before.empty()) {
    JointSets sets(history, before, after);
    if (history.loss_accepted > old) {
      sets.leave_out_all_revoked();
    } else {
      sets.leave_out_one_revoked();
    }
  }
  if (!before.empty()) out.write.push_back(std::move(before));
  if (moves) out.write.push_back(std::move(after));
  return out;
}

BlockSets block_sets(const History& history, uint64_t stage, uint32_t partition) {
  const uint64_t target = stage / 3 + (stage % 3 == 0 ? 0 : 1);
  BlockSets out;
  out.write = replicas_in_effect(history, target, partition);
  out.write_quorum = out.write.empty() ? 0 : out.write.size() / 2 + 1;
  for (auto it = history.versions.rbegin(); it != history.versions.rend(); ++it) {
    if (it->first > target) continue;
    for (const NodeId& node : it->second.layout->assignment.replicas_of(partition)) {
      if (history.revoked.contains(node)) continue;  // answers nothing, for ever
      if (std::ranges::find(out.read, node) == out.read.end()) out.read.push_back(node);
    }
  }
  return out;
}

uint32_t partition_of_hash(std::string_view hash, uint32_t partition_count) {
  uint64_t top = 0;
  for (size_t i = 0; i < 4; ++i) top = top << 8 | static_cast<unsigned char>(i < hash.size() ? hash[i] : 0);
  return static_cast<uint32_t>(top * partition_count >> 32);
}

}  // namespace garage::layout
