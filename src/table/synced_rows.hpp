// How rows of one family are brought from node to node once digests have shown where they differ; and the one for
// register rows.
#pragma once

#include <memory>
#include <string>

#include "table/digest.hpp"
#include "table/peers.hpp"
#include "table/placement.hpp"
#include "table/register.hpp"
#include "table/replica.hpp"

namespace garage::table {

// Threads: any loop.
class SyncedRows : public VersionedRows {
 public:
  // This node's row is newer than the peer's, or the peer has none.
  virtual Task<Result<void>> push(NodeId to, std::string key) = 0;
  // The peer's is newer.
  virtual Task<Result<void>> pull(NodeId from, std::string key) = 0;
  // A new set of replicas gets what this node has of the row: for the hand-over of a layout change.
  virtual Task<Result<void>> hand_over(std::string key) = 0;
};

// Everything by INSTALL, like any other change of a row; what the fence refuses is settled by a full round.
class SyncedRegister final : public SyncedRows {
 public:
  // `rows` is the register of the same schema.
  SyncedRegister(NodeId self, Replica& own, Peers& peers, Placement& placement, Register& rows)
      : self_(self), own_(own), peers_(peers), placement_(placement), rows_(rows) {}

  kv::Family family() const override { return own_.family(); }
  Result<Ord> version_of(std::string_view key, std::string_view value) const override;
  Task<Result<void>> push(NodeId to, std::string key) override;
  Task<Result<void>> pull(NodeId from, std::string key) override;
  Task<Result<void>> hand_over(std::string key) override;

 private:
  Task<Result<Reply>> ask(NodeId node, std::shared_ptr<const Request> request);
  Task<Result<void>> bring(NodeId from, NodeId to, std::string key);

  const NodeId self_;
  Replica& own_;
  Peers& peers_;
  Placement& placement_;
  Register& rows_;
};

}  // namespace garage::table
