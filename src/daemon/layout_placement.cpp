#include "daemon/layout_placement.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "table/partition.hpp"

namespace garage::daemon {
namespace {

// Requests look at one of these at least once: where all are alike, which is so for few nodes, no key has to be hashed.
template <class Sets, class Same>
void fold_equal(std::vector<Sets>& sets, Same same) {
  const bool equal = std::ranges::all_of(sets, [&](const Sets& one) { return same(one, sets.front()); });
  if (equal && !sets.empty()) sets.resize(1);
}

bool has_others(const layout::LayoutVersion& version, const NodeId& self) {
  return version.roles.size() > version.roles.count(self);
}

// Sets that nobody can have a quorum of.
table::ReplicaSets nowhere(uint64_t stage) {
  return {.stage = stage, .read = {}, .write = {{}}};
}

}  // namespace

LayoutPlacement::LayoutPlacement(NodeId self) : self_(self), snapshot_(std::make_shared<const Snapshot>()) {}

void LayoutPlacement::show(const layout::History& history, uint64_t stage) {
  auto next = std::make_shared<Snapshot>();
  next->stage = std::max(stage, snapshot()->stage);
  std::set<NodeId> nodes;
  const bool has_a_place = !history.revoked.contains(self_);
  for (uint32_t partition = 0; has_a_place && partition < layout::kPartitionCount; ++partition) {
    auto sets = layout::replica_sets(history, next->stage, partition);
    if (sets.read.empty()) break;
    for (const auto& set : sets.write) nodes.insert(set.begin(), set.end());
    next->replicated |= sets.write.size() > 1 || sets.read.size() > 1;
    next->rows.push_back({sets.stage, std::move(sets.read), std::move(sets.write)});
    auto blocks = layout::block_sets(history, next->stage, partition);
    nodes.insert(blocks.read.begin(), blocks.read.end());
    next->blocks.push_back({std::move(blocks.write), blocks.write_quorum, std::move(blocks.read)});
  }
  std::ranges::copy_if(nodes, std::back_inserter(next->storage_nodes),
                       [&history](const NodeId& node) { return !history.revoked.contains(node); });
  next->stores = nodes.contains(self_);
  next->alone = nodes.size() == 1 && next->stores;
  next->has_company = std::ranges::any_of(history.versions, [&](const auto& entry) {
    const bool counts = entry.first >= next->stage / 3;  // older ones are kept for blocks that have not moved yet
    return counts && has_others(*entry.second.layout, self_);
  });
  fold_equal(next->rows, [](const auto& a, const auto& b) { return a.read == b.read && a.write == b.write; });
  fold_equal(next->blocks, [](const auto& a, const auto& b) { return a.write == b.write && a.read == b.read; });
  snapshot_.store(std::move(next));
}

block::BlockSets LayoutPlacement::sets_for(const BlockHash& hash) const {
  const auto now = snapshot();
  if (now->blocks.empty()) return {};
  if (now->blocks.size() == 1) return now->blocks.front();
  return now->blocks[layout::partition_of_hash(hash.view(), layout::kPartitionCount)];
}

const table::ReplicaSets* LayoutPlacement::sets_in(const Snapshot& snapshot, uint16_t partition) {
  if (snapshot.rows.empty()) return nullptr;
  return snapshot.rows.size() == 1 ? &snapshot.rows.front() : &snapshot.rows[partition];
}

table::ReplicaSets LayoutPlacement::Rows::sets_for(std::string_view key) {
  const auto now = layout_.snapshot();
  if (now->rows.size() == 1) return now->rows.front();
  const auto partition = table::partition_of_row(family_, key);
  // A key that is none of this family's belongs nowhere.
  const auto* sets = partition ? sets_in(*now, *partition) : nullptr;
  return sets != nullptr ? *sets : nowhere(now->stage);
}

std::optional<uint64_t> LayoutPlacement::Rows::stage_if_alone(const NodeId& node, std::string_view key) {
  const auto now = layout_.snapshot();
  if (now->alone && node == layout_.self_) return now->stage;
  if (now->rows.size() == 1 && now->replicated) return std::nullopt;
  return Placement::stage_if_alone(node, key);
}

table::ReplicaSets LayoutPlacement::References::sets_of_partition(uint16_t partition) {
  const auto now = layout_.snapshot();
  if (now->blocks.empty()) return nowhere(now->stage);
  const auto& sets = now->blocks.size() == 1 ? now->blocks.front() : now->blocks[partition];
  return {.stage = now->stage, .read = sets.read, .write = {sets.write}};
}

table::ReplicaSets LayoutPlacement::References::sets_for(std::string_view key) {
  const auto partition = table::partition_of_row(kv::Family::kBlockRef, key);
  return partition ? sets_of_partition(*partition) : nowhere(layout_.stage());
}

table::ReplicaSets LayoutPlacement::Rows::sets_of_partition(uint16_t partition) {
  const auto now = layout_.snapshot();
  const auto* sets = sets_in(*now, partition);
  return sets != nullptr ? *sets : table::ReplicaSets{};
}

}  // namespace garage::daemon
