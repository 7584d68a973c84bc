// How rows of one family are brought from node to node once digests have shown where they differ; and the one for
// register rows.
#pragma once

#include <memory>
#include <string>

#include "table/ablation.hpp"
#include "table/digest.hpp"
#include "table/gather.hpp"
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
};

// How it is made sure in a layout change that the new nodes of a row miss nothing of what the old ones decided.
enum class HandOverBy : unsigned char {
  kRound,  // by settling it on both sets
  // By looking first: what a majority of the old nodes holds alike, without a promise above it, is copied as it is.
  // Only where every node that may answer has announced that it refuses the stages before both sets are written.
  kLook,
};

// Everything by INSTALL, like any other change of a row; what the fence refuses is settled by a full round.
class SyncedRegister final : public SyncedRows {
 public:
  // `rows` is the register of the same schema.
  SyncedRegister(NodeId self, Replica& own, Peers& peers, Placement& placement, Register& rows, Ablation ablation = {})
      : self_(self), own_(own), peers_(peers), placement_(placement), rows_(rows), ablation_(ablation) {}

  kv::Family family() const override { return own_.family(); }
  Result<Ord> version_of(std::string_view key, std::string_view value) const override;
  Task<Result<void>> push(NodeId to, std::string key) override;
  Task<Result<void>> pull(NodeId from, std::string key) override;
  // The row is then on majorities of its old and of its new nodes, and on every new one that answers.
  Task<Result<void>> hand_over(std::string key, HandOverBy by);

 private:
  Task<Result<Reply>> ask(NodeId node, std::shared_ptr<const Request> request);
  // True: it is there, or was settled.
  Task<Result<bool>> bring(NodeId from, NodeId to, std::string key);
  Task<void> bring_into(NodeId from, NodeId to, std::string key, bool* there);
  Task<void> look_at(NodeId node, std::shared_ptr<const Request> read, Gathered* seen);
  Task<Gathered> look(const ReplicaSets& sets, const std::string& key);
  Task<bool> copy_to_new(std::string key);

  const NodeId self_;
  Replica& own_;
  Peers& peers_;
  Placement& placement_;
  Register& rows_;
  const Ablation ablation_;
};

}  // namespace garage::table
