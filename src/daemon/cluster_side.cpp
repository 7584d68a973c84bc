#include "daemon/cluster_side.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "daemon/closed_buckets.hpp"
#include "daemon/options.hpp"
#include "object/cluster.hpp"
#include "runtime/sleep.hpp"

namespace garage::daemon {
namespace {

constexpr Duration kDutiesLongest = 3s, kDutiesLook = 20ms;

}  // namespace

Task<cluster::NodeReport> ClusterSide::Source::report() {
  auto report = co_await report_();
  if (resync_ != nullptr) report.resync_queue = resync_->stats().queue_length;
  co_return report;
}

Result<std::unique_ptr<ClusterSide>> ClusterSide::create(Parts parts) {
  auto source = std::make_unique<Source>(parts.report);
  cluster::MeshOptions options;
  options.control_limits.tracer = parts.metrics.tracer();
  options.block_limits.tracer = parts.metrics.tracer();
  options.bootstrap_peers = parts.settings.bootstrap_peers;
  options.peer_list_path = parts.settings.metadata_dir + "/peer_list";
  options.ping.timeout = parts.settings.rpc_ping_timeout;
  if (options.ping.timeout < cluster::kShortestPingTimeout) {
    LOG_WARN("cluster", "rpc_ping_timeout_msec = {} is too short: {} is used", parts.settings.rpc_ping_timeout / 1ms,
             cluster::kShortestPingTimeout / 1ms);
  }
  options.dial_from = dial_from(parts.settings);
  options.own_address = parts.own_address;
  options.is_revoked = [layout = &parts.layout](const NodeId& node) {
    return layout->snapshot()->history.revoked.contains(node);
  };
  options.has_role = [layout = &parts.layout](const NodeId& node) { return layout->has_role(node); };
  options.cluster = [layout = &parts.layout] { return layout->cluster(); };
  TRY(auto mesh, cluster::Mesh::create({.env = parts.env,
                                        .clock = parts.clock,
                                        .key = parts.key,
                                        .rpc_secret = parts.rpc_secret,
                                        .facts = parts.facts,
                                        .source = *source},
                                       std::move(options)));
  return std::unique_ptr<ClusterSide>(new ClusterSide(std::move(parts), std::move(source), std::move(mesh)));
}

ClusterSide::ClusterSide(Parts parts, std::unique_ptr<Source> source, std::unique_ptr<cluster::Mesh> mesh)
    : parts_(std::move(parts)),
      self_(parts_.key.id),
      source_(std::move(source)),
      mesh_(std::move(mesh)),
      caller_(self_, *mesh_, parts_.metrics.registry()),
      placement_(self_),
      layout_document_(parts_.layout),
      tables_(self_, parts_.env, parts_.store, parts_.commits, parts_.ords, placement_, caller_, parts_.tables,
              parts_.metrics.registry()),
      layout_duty_(
          self_, parts_.layout, placement_, tables_, parts_.commits,
          {.history_changed = [this] { mesh_->announce(); },
           .version_settled = [this] { version_settled(); },
           .handing_over =
               [this] { return hand_over_closed_buckets(self_, tables_.placement(kv::Family::kObject), *copies_); }}),
      former_rows_(self_, parts_.store, parts_.commits, parts_.env.pools.disk, caller_,
                   tables_.hub().background_peers(), [this] { return layout_is_settled(); }) {
  layout_duty_.show();
}

void ClusterSide::block_damaged(const BlockHash& hash) {
  if (auto* resync = resync_shared_.load(); resync != nullptr) resync->want(hash);
}

Result<void> ClusterSide::attach(block::BlockStore& blocks, model::Settings& settings, object::Objects& objects) {
  auto& env = parts_.env;
  copies_ = std::make_unique<model::SettingsCopies>(settings, parts_.store, parts_.commits, env.pools.disk, caller_,
                                                    [this] { return others_up(); });
  // Who answers without the others on purpose, or by one of two copies, does not lose sight of them either.
  constexpr uint32_t kCopiesWithMajority = 3;
  const bool majorities = parts_.settings.consistency_mode == config::ConsistencyMode::kConsistent &&
                          parts_.settings.replication_factor >= kCopiesWithMajority;
  if (majorities) {
    copies_->compare_with({.alone = [this] { return placement_.alone() || !placement_.has_layout(); },
                           .others = [this] { return other_keepers(); },
                           .told_every = [this] { return mesh_->view()->told_every; }});
  }
  settings_document_ = std::make_unique<SettingsDocument>(settings, *copies_);
  settings.share(*copies_);

  holder_ = std::make_unique<block::Holder>(env, parts_.store, parts_.commits, blocks, parts_.blocks.pending_idle_max);
  holder_->on_referenced([this](const std::vector<BlockHash>& hashes) {
    const bool all_mine = std::ranges::all_of(hashes, [this](const BlockHash& hash) {
      return std::ranges::count(placement_.sets_for(hash).write, self_) > 0;
    });
    if (!all_mine) inspection_->request_soon();
  });
  block_service_ = std::make_unique<block::Service>(*holder_);
  block_hints_ = std::make_unique<block::Hints>(env, parts_.store, parts_.commits, caller_, [this](const NodeId& node) {
    return std::ranges::count(placement_.storage_nodes(), node) > 0;
  });
  replicas_ = std::make_unique<block::Replicas>(self_, env, holder_.get(), caller_, placement_, *block_hints_,
                                                replica_options(parts_.settings, &parts_.metrics.registry()));
  resync_ = std::make_unique<block::Resync>(self_, env, parts_.store, parts_.commits, *holder_, *replicas_, placement_);
  resync_->measure(parts_.metrics.resync_meter());
  resync_shared_ = resync_.get();
  source_->add(*resync_);
  replicas_->on_missing([this](const BlockHash& hash) { resync_->want(hash); });
  inspection_ = std::make_unique<block::Inspection>(self_, env, parts_.store, parts_.commits, *holder_, *replicas_,
                                                    *resync_, placement_);
  unreferenced_ = std::make_unique<block::Unreferenced>(env, parts_.store, parts_.commits, blocks,
                                                        parts_.blocks.unreferenced_grace);
  upkeep_ = std::make_unique<block::Upkeep>(*block_hints_, resync_.get());
  synced_references_ = std::make_unique<block::SyncedReferences>(*holder_, *replicas_);
  tables_.hub().add(*synced_references_, reference_placement_);
  blocks.keep_digests(tables_.hub().digests());

  tables_.add_to(former_rows_, kv::Family::kObject, object_rules_);
  tables_.add_to(former_rows_, kv::Family::kUpload, upload_rules_);

  objects.join({.self = self_,
                .alone = [this] { return placement_.alone() && !has_company(); },
                .caller = &caller_,
                .blocks = replicas_.get(),
                .rows = &tables_.placement(kv::Family::kObject),
                .objects = &tables_.ranges(kv::Family::kObject),
                .uploads = &tables_.ranges(kv::Family::kUpload),
                .companions = &tables_.hub().companions(),
                .takes_writes = [&settings](BucketId bucket) { return settings.takes_writes(bucket); },
                .hold_deletion =
                    [&settings](BucketId bucket, Uuid attempt, std::string row) {
                      return settings.hold_deletion(bucket, attempt, std::move(row));
                    },
                .is_closed = [&settings](const BucketId& bucket) { return settings.is_closed(bucket); }});

  object_service_ = std::make_unique<object::Service>(objects);
  answer("table", tables_.hub().service());
  answer("block", *block_service_);
  answer("object", *object_service_);
  settings_gate_ = std::make_unique<SettingsGate>(*copies_, parts_.layout, *mesh_);
  mesh_->answer("settings", *settings_gate_);
  mesh_->add_document(layout_document_);
  mesh_->add_document(*settings_document_);
  return tables_.hub().open();
}

void ClusterSide::answer(std::string module, net::RequestHandler& handler) {
  gates_.push_back(std::make_unique<Gate>(handler, parts_.layout));
  mesh_->answer(std::move(module), *gates_.back());
}

Task<Result<void>> ClusterSide::follow_layout() {
  CO_CHECK_OK(co_await tables_.follow_layout());
  co_return co_await layout_duty_.follow_at_once();
}

void ClusterSide::start() {
  mesh_->start();
  tables_.hub().start();
  layout_duty_.start();
  upkeep_->start();
  inspection_->start();
  unreferenced_->start();
  former_rows_.start();
}

Task<void> ClusterSide::stop_serving(Duration grace) {
  runtime::TaskGroup duties;
  duties.spawn(layout_duty_.stop());
  duties.spawn(former_rows_.stop());
  if (upkeep_) duties.spawn(upkeep_->stop());
  if (inspection_) duties.spawn(inspection_->stop());
  if (unreferenced_) duties.spawn(unreferenced_->stop());
  // What they have asked somebody who does not answer ends with the connection.
  for (Duration waited{0}; duties.running() > 0 && waited < kDutiesLongest; waited += kDutiesLook) {
    co_await runtime::sleep_for(kDutiesLook);
  }
  co_await mesh_->stop(grace);
  co_await duties.join();
}

Task<void> ClusterSide::stop() {
  co_await tables_.hub().stop();
  if (replicas_) co_await replicas_->stop();
}

void ClusterSide::version_settled() {
  // References and bytes follow the rows: those who keep them now make theirs equal, those who kept them hand over and
  // let go. Until then blocks are read from the nodes that had them before.
  tables_.hub().sync().hurry();
  former_rows_.request();
  if (inspection_) inspection_->request();
}

// And nobody has heard of a next one.
bool ClusterSide::layout_is_settled() const {
  const auto known = parts_.layout.snapshot();
  return placement_.settled() && known->history.newest() == known->history.settled;
}

std::vector<NodeId> ClusterSide::others_up() const {
  std::vector<NodeId> out;
  const auto view = mesh_->view();
  for (const auto& peer : view->peers) {
    if (peer.up) out.push_back(peer.id);
  }
  return out;
}

std::vector<NodeId> ClusterSide::other_keepers() const {
  std::vector<NodeId> out = placement_.storage_nodes();
  std::erase(out, self_);
  return out;
}

bool ClusterSide::has_company() const {
  return placement_.has_company() || !mesh_->view()->peers.empty();
}

std::vector<admin::PeerFacts> ClusterSide::peers() const {
  std::vector<admin::PeerFacts> out;
  const MonotonicTime now = parts_.env.loops[0]->now();
  const auto view = mesh_->view();
  for (const auto& peer : view->peers) {
    admin::PeerFacts facts{.id = peer.id,
                           .address = peer.address,
                           .up = peer.up,
                           .refused = peer.refused,
                           .trouble = peer.trouble,
                           .is_bootstrap_peer = peer.is_bootstrap_peer};
    if (!peer.up && peer.last_seen) {
      facts.last_seen_secs_ago =
          static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now - *peer.last_seen).count());
    }
    if (peer.status) {
      const auto& report = peer.status->report;
      facts.hostname = report.hostname;
      facts.version = report.version;
      facts.data = report.data;
      facts.metadata = report.metadata;
      facts.resync_queue = report.resync_queue;
    }
    out.push_back(std::move(facts));
  }
  return out;
}

Task<Result<std::string>> ClusterSide::ask(NodeId node, std::string operation, std::string request) {
  const net::CallOptions options{.deadline = runtime::Loop::current()->now() + 30s};
  return caller_.call(node, std::move(operation), std::move(request), options);
}

}  // namespace garage::daemon
