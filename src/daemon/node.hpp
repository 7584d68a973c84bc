// One node: every module, wired. build_node() makes it over any Env, so that the program and the simulator run the same
// one.
//
//   CO_TRY(auto node, co_await build_node(std::move(parts)));
//   CO_CHECK_OK(co_await node->listen());
//   ...
//   co_await node->stop();        then destroy it, before the Env
//
// Threads: on the first loop of the Env. Ownership: owns the store and all above it; borrows the Env and the commit
// pool.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "admin/admin_tokens.hpp"
#include "admin/layout_keeper.hpp"
#include "admin/node_identity.hpp"
#include "block/block_store.hpp"
#include "cluster/cluster_clock.hpp"
#include "config/secrets.hpp"
#include "config/settings.hpp"
#include "daemon/admin_front.hpp"
#include "daemon/cluster_side.hpp"
#include "daemon/compactor.hpp"
#include "daemon/discovery_side.hpp"
#include "daemon/file_budget.hpp"
#include "daemon/front_loop.hpp"
#include "daemon/node_maintenance.hpp"
#include "daemon/node_metrics.hpp"
#include "daemon/peer_port.hpp"
#include "daemon/start_flags.hpp"
#include "env/env.hpp"
#include "exporters/trace_exporter.hpp"
#include "kv/commit_queue.hpp"
#include "kv/relaxed_syncer.hpp"
#include "kv/store.hpp"
#include "model/settings.hpp"
#include "object/objects.hpp"
#include "s3/options.hpp"
#include "table/ord_source.hpp"
#include "table/replicated_table.hpp"

namespace garage::daemon {

struct NodeParts {
  env::Env env;
  config::Settings settings;
  config::Secrets secrets;
  StartFlags flags;
  std::string hostname;
  std::string boot_id;           // of the machine; may be empty
  std::string own_address = {};  // "ip:port" of the peer port, where the settings do not say it; may be empty
  discovery::KubernetesPlace kubernetes = {};  // that this process runs in
  uint64_t open_files_max = UINT64_MAX;        // of this process
  runtime::Pool& commit_pool;                  // a thread of its own for the commit queue
  // For the data directories, so that a disk that hangs there leaves the metadata alone. Null: env.pools.disk.
  runtime::Pool* data_pool = nullptr;
  // Opens the metadata store; called once metadata_dir is there and locked, in env.pools.disk.
  std::function<Result<std::shared_ptr<kv::Store>>()> open_store;
  // For simulated worlds, where some waits must be short and some rules left out: what no setting reaches. May be
  // empty.
  std::function<void(table::TableOptions&)> adjust_tables = {};
  std::function<void(object::ObjectOptions&)> adjust_objects = {};
  BlockTiming block_timing = {};
};

class Node {
 public:
  ~Node();
  Node(const Node&) = delete;

  const NodeId& id() const { return identity_.id; }
  // What administrative operations work on; valid while the node lives.
  admin::Context admin_context();
  // For whoever serves /metrics. On the first loop.
  NodeMetrics& metrics() { return metrics_; }

  // Binds every address on every loop, then serves. An error names the address.
  Task<Result<void>> listen();
  // Stops listening, lets requests end for up to `grace`, stops the work behind them, marks the run as ended well
  // (unless something could not be synced).
  Task<void> stop(Duration grace = 10s);

 private:
  friend Task<Result<std::unique_ptr<Node>>> build_node(NodeParts parts);
  explicit Node(NodeParts parts);
  runtime::Pool& data_pool() { return parts_.data_pool != nullptr ? *parts_.data_pool : env_.pools.disk; }
  Result<void> open_state();
  Task<Result<void>> open_data();
  Result<void> find_incarnation();
  Result<void> start_traces();
  Result<void> listen_peers();
  Result<void> listen_admin();
  Task<Result<void>> listen_s3();
  Task<Result<void>> listen_web();
  Result<std::unique_ptr<ClusterSide>> make_cluster_side();
  Task<cluster::NodeReport> report();
  void say_how_the_last_run_ended();
  static Task<void> stop_front(FrontLoop& front, Duration grace);

  cluster::ClusterClock clock_;
  cluster::SigningClock signing_clock_{clock_};
  cluster::EndingClock ending_clock_{clock_};
  env::Env env_;         // as given, but for that clock: all goes by it but the mesh's own vote
  env::Env ending_env_;  // for who judges whether something has ended
  NodeParts parts_;
  FileBudget files_;
  NodeMetrics metrics_;
  s3::Options s3_options_;
  web::Options web_options_;
  std::unique_ptr<env::FileLock> lock_;
  admin::NodeIdentity identity_;
  std::unique_ptr<admin::LayoutKeeper> layout_;
  std::unique_ptr<admin::SpaceMeter> space_;
  std::shared_ptr<kv::Store> store_;
  std::unique_ptr<kv::RelaxedSyncer> syncer_;
  std::unique_ptr<kv::CommitQueue> commits_;
  table::OrdSource ords_;
  net::HelloFacts hello_;
  std::unique_ptr<ClusterSide> cluster_;
  std::unique_ptr<DiscoverySide> discovery_;
  std::unique_ptr<block::BlockStore> blocks_;
  std::unique_ptr<model::Settings> settings_;
  std::unique_ptr<admin::AdminTokens> admin_tokens_;
  std::unique_ptr<object::Objects> objects_;
  std::unique_ptr<Compactor> compactor_;
  std::unique_ptr<NodeMaintenance> maintenance_;
  Uuid incarnation_;
  std::vector<std::unique_ptr<FrontLoop>> fronts_;
  std::unique_ptr<PeerPort> peer_port_;
  std::unique_ptr<AdminFront> admin_front_;
  std::unique_ptr<exporters::TraceExporter> traces_;  // null: none are sent
  bool run_began_ = false;
};

// Errors name the thing and the way out; what was begun is stopped again.
Task<Result<std::unique_ptr<Node>>> build_node(NodeParts parts);

}  // namespace garage::daemon
