// The side of a node that faces the other nodes: the mesh of peers, the layout as it is followed, replicated tables and
// blocks, and the copies of the settings. A node alone has it too, and may get company at any time.
//
//   TRY(auto side, ClusterSide::create(...));      the registers of settings and objects are made by side->tables()
//   side->attach(blocks, settings, objects);
//   server.set_peer_host(side->mesh()); side->start();
//   co_await side->stop_serving(grace);            before objects stop: nobody asks any more, what we ask still goes
//   co_await side->stop();
//
// Ownership: borrows what it is given. Threads: the first loop; tables and view from any.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "admin/cluster_view.hpp"
#include "admin/layout_keeper.hpp"
#include "block/block_store.hpp"
#include "block/hints.hpp"
#include "block/holder.hpp"
#include "block/inspection.hpp"
#include "block/replicas.hpp"
#include "block/resync.hpp"
#include "block/service.hpp"
#include "block/synced_references.hpp"
#include "block/unreferenced.hpp"
#include "block/upkeep.hpp"
#include "cluster/mesh.hpp"
#include "config/settings.hpp"
#include "daemon/documents.hpp"
#include "daemon/gate.hpp"
#include "daemon/layout_duty.hpp"
#include "daemon/layout_placement.hpp"
#include "daemon/node_metrics.hpp"
#include "daemon/settings_gate.hpp"
#include "daemon/tables.hpp"
#include "model/settings.hpp"
#include "model/settings_copies.hpp"
#include "net/metered_caller.hpp"
#include "object/former_rules.hpp"
#include "object/objects.hpp"
#include "object/service.hpp"

namespace garage::daemon {

// How long blocks wait for what may still come. Not set by people.
struct BlockTiming {
  Duration pending_idle_max = block::PendingBlocks::kIdleMax;
  Duration unreferenced_grace = block::Unreferenced::kGrace;
};

class ClusterSide final : public admin::ClusterView {
 public:
  struct Parts {
    env::Env& env;  // its clock is the one below
    cluster::ClusterClock& clock;
    const config::Settings& settings;
    net::NodeKey key;
    Secret rpc_secret;
    net::HelloFacts facts;
    std::string own_address;
    admin::LayoutKeeper& layout;
    kv::Store& store;
    kv::CommitQueue& commits;
    table::OrdSource& ords;
    table::TableOptions tables;
    BlockTiming blocks;
    NodeMetrics& metrics;
    std::function<Task<cluster::NodeReport>()> report;  // all but what this knows by itself
  };
  static Result<std::unique_ptr<ClusterSide>> create(Parts parts);

  Tables& tables() { return tables_; }
  const LayoutPlacement& placement() const { return placement_; }
  // From attach() on.
  const block::Resync& resync() const { return *resync_; }
  // For BlockOptions: a block here turned out to be damaged. Any thread.
  void block_damaged(const BlockHash& hash);
  // Blocking.
  Result<void> attach(block::BlockStore& blocks, model::Settings& settings, object::Objects& objects);

  // After attach().
  block::Resync& resync() { return *resync_; }
  block::Inspection& inspection() { return *inspection_; }
  const block::Unreferenced& unreferenced() const { return *unreferenced_; }
  const table::FormerRows& former_rows() const { return former_rows_; }
  block::Hints& block_hints() { return *block_hints_; }
  const LayoutDuty& layout_duty() const { return layout_duty_; }

  cluster::Mesh& mesh() { return *mesh_; }
  void answer_admin(net::RequestHandler& handler) { mesh_->answer_admin(handler); }
  // What of a layout change can be done without other nodes, at once: a layout of this node alone is in force then.
  Task<Result<void>> follow_layout();
  void start();
  // The duties, on the loop of start(); then the mesh lets go of whoever asks.
  Task<void> stop_serving(Duration grace);
  // After the last operation has returned.
  Task<void> stop();

  std::vector<admin::PeerFacts> peers() const override;
  bool is_revoked() const override { return mesh_->view()->revoked; }
  int64_t clock_offset_ms() const override { return mesh_->view()->clock_offset_ms; }
  Task<Result<void>> connect(std::string peer) override { return mesh_->connect(std::move(peer)); }
  Task<Result<std::string>> ask(NodeId node, std::string operation, std::string request) override;

 private:
  // What the mesh tells others of this node.
  class Source final : public cluster::StatusSource {
   public:
    explicit Source(std::function<Task<cluster::NodeReport>()> report) : report_(std::move(report)) {}
    void add(const block::Resync& resync) { resync_ = &resync; }
    Task<cluster::NodeReport> report() override;

   private:
    std::function<Task<cluster::NodeReport>()> report_;
    const block::Resync* resync_ = nullptr;
  };

  ClusterSide(Parts parts, std::unique_ptr<Source> source, std::unique_ptr<cluster::Mesh> mesh);
  void answer(std::string module, net::RequestHandler& handler);
  void version_settled();
  bool layout_is_settled() const;
  std::vector<NodeId> others_up() const;
  // All others that have a copy of the settings, and a say in what it is to be.
  std::vector<NodeId> other_keepers() const;
  // Could anybody but this node write to it? Nodes without a role do, and gateways that are not connected yet will.
  bool has_company() const;

  Parts parts_;
  const NodeId self_;
  std::unique_ptr<Source> source_;
  std::unique_ptr<cluster::Mesh> mesh_;
  net::MeteredCaller caller_;  // the mesh, for all who ask
  LayoutPlacement placement_;
  LayoutDocument layout_document_;
  Tables tables_;
  LayoutDuty layout_duty_;
  const object::FormerObjects object_rules_;
  const object::FormerUploads upload_rules_;
  table::FormerRows former_rows_;
  // From attach() on.
  std::unique_ptr<block::Hints> block_hints_;
  std::unique_ptr<block::Holder> holder_;
  std::unique_ptr<block::Replicas> replicas_;
  std::unique_ptr<block::Service> block_service_;
  std::unique_ptr<object::Service> object_service_;
  std::vector<std::unique_ptr<Gate>> gates_;
  std::unique_ptr<block::Resync> resync_;
  LayoutPlacement::References reference_placement_{placement_};
  std::unique_ptr<block::SyncedReferences> synced_references_;
  std::unique_ptr<block::Inspection> inspection_;
  std::unique_ptr<block::Unreferenced> unreferenced_;
  std::atomic<block::Resync*> resync_shared_ = nullptr;  // for block_damaged()
  std::unique_ptr<block::Upkeep> upkeep_;
  std::unique_ptr<model::SettingsCopies> copies_;
  std::unique_ptr<SettingsGate> settings_gate_;
  std::unique_ptr<SettingsDocument> settings_document_;
};

}  // namespace garage::daemon
