// The cluster layout as rows and blocks see it: which nodes keep what, at the stage that this node has entered.
//
// Ownership: the program owns it. Threads: any; show() swaps the snapshot whole.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "block/placement.hpp"
#include "kv/store.hpp"
#include "layout/stages.hpp"
#include "runtime/published.hpp"
#include "table/placement.hpp"

namespace garage::daemon {

class LayoutPlacement final : public block::BlockPlacement {
 public:
  explicit LayoutPlacement(NodeId self);

  // From now on this history is followed, at this stage of it. Stages never go back. A node that was revoked keeps
  // nothing and asks nobody.
  void show(const layout::History& history, uint64_t stage);
  uint64_t stage() const { return snapshot()->stage; }
  // Is this node the only one that keeps anything, now and in a change that is going on?
  bool alone() const override { return snapshot()->alone; }
  // Has any other node a role, now or in a change to come? A gateway writes as others do.
  bool has_company() const { return snapshot()->has_company; }
  // Does anything have more than one replica?
  bool replicated() const { return snapshot()->replicated; }
  bool has_layout() const { return !snapshot()->rows.empty(); }
  // Does this node keep anything?
  bool stores() const { return snapshot()->stores; }
  // Nodes that keep something, now or in a change that is going on.
  std::vector<NodeId> storage_nodes() const { return snapshot()->storage_nodes; }

  block::BlockSets sets_for(const BlockHash& hash) const override;
  bool settled() const override { return snapshot()->stage % 3 == 0; }

  // The placement of the rows of one family; it lives as long as this.
  class Rows final : public table::Placement {
   public:
    Rows(const LayoutPlacement& layout, kv::Family family) : layout_(layout), family_(family) {}
    table::ReplicaSets sets_for(std::string_view key) override;
    uint64_t stage_of(std::string_view) override { return layout_.stage(); }
    std::optional<uint64_t> stage_if_alone(const NodeId& node, std::string_view key) override;
    table::ReplicaSets sets_of_partition(uint16_t partition) override;

   private:
    const LayoutPlacement& layout_;
    const kv::Family family_;
  };

  // Whose references are made equal: the nodes that blocks are written to. Who had them before hands them on himself.
  class References final : public table::Placement {
   public:
    explicit References(const LayoutPlacement& layout) : layout_(layout) {}
    table::ReplicaSets sets_for(std::string_view key) override;
    uint64_t stage_of(std::string_view) override { return layout_.stage(); }
    table::ReplicaSets sets_of_partition(uint16_t partition) override;

   private:
    const LayoutPlacement& layout_;
  };

 private:
  struct Snapshot {
    uint64_t stage = 0;
    bool alone = false;
    bool has_company = false;
    bool stores = false;
    bool replicated = false;
    std::vector<NodeId> storage_nodes;
    // By partition. One entry: it is that of all. None: nothing can be stored yet.
    std::vector<table::ReplicaSets> rows;
    std::vector<block::BlockSets> blocks;
  };
  static const table::ReplicaSets* sets_in(const Snapshot& snapshot, uint16_t partition);
  std::shared_ptr<const Snapshot> snapshot() const { return snapshot_.load(); }

  const NodeId self_;
  runtime::Published<Snapshot> snapshot_;
};

}  // namespace garage::daemon
