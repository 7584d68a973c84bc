#include "daemon/node_metrics.hpp"

#include <fmt/format.h>

#include <atomic>
#include <memory>

#include "admin/operations.hpp"
#include "admin/version.hpp"
#include "daemon/fine_clock.hpp"
#include "model/settings_rows.hpp"

namespace garage::daemon {
namespace {

using telemetry::Kind;
using telemetry::Labels;
using telemetry::Observer;

constexpr size_t kIdCharacters = 16;

std::string short_hex(const NodeId& node) {
  return node.hex().substr(0, kIdCharacters);
}

// SplitMix64: the ids of spans need to be different, no more, and are drawn often.
uint64_t mixed(uint64_t number) {
  number *= 0x9e3779b97f4a7c15;
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9;
  number = (number ^ (number >> 27)) * 0x94d049bb133111eb;
  return number ^ (number >> 31);
}

struct SyncCounter {
  const char *name, *help, *peer;
};
constexpr SyncCounter kRowsSent{"table_sync_items_sent",
                                "Number of data items sent to other nodes during resync procedures", "to"};
constexpr SyncCounter kRowsReceived{"table_sync_items_received",
                                    "Number of data items received from other nodes during resync procedures", "from"};

Labels role_labels(const NodeId& node, const layout::Role& role) {
  Labels labels{{"id", short_hex(node)}, {"role_gateway", role.capacity_bytes ? "0" : "1"}, {"role_zone", role.zone}};
  if (role.capacity_bytes) labels.emplace_back("role_capacity", fmt::format("{}", *role.capacity_bytes));
  return labels;
}

}  // namespace

table::TableNames table_names(kv::Family family) {
  const auto one = [](std::string name) {
    return table::TableNames{{std::move(name)}, [](std::string_view) { return size_t{0}; }};
  };
  switch (family) {
    case kv::Family::kObject:
      return one("object");
    case kv::Family::kUpload:
      return one("multipart_upload");
    case kv::Family::kBlockRef:
      return one("block_ref");
    case kv::Family::kSettings:
      return {{"bucket_v2", "bucket_alias", "key", "admin_token"}, [](std::string_view key) -> size_t {
                const char kind = key.empty() ? model::kBucketRow : key.front();
                return kind == model::kBucketRow ? 0 : kind == model::kAliasRow ? 1 : kind == model::kKeyRow ? 2 : 3;
              }};
    default:
      return one(std::string(kv::family_name(family)));
  }
}

NodeMetrics::NodeMetrics(const config::Settings& settings, env::Env& env)
    : settings_(settings), instruments_{.registry = registry_} {
  auto& dropped = registry_.counter("garage_trace_spans_dropped", "Number of spans that did not reach the trace sink");
  if (!settings.admin.trace_sink) return;
  tracer_ = std::make_unique<telemetry::Tracer>(
      telemetry::TracerOptions{.sampling_ratio = settings.admin.trace_sampling_ratio},
      telemetry::Tracer::World{
          .unix_ns = [clock = std::make_shared<FineClock>(env.clock)] { return clock->unix_ns(); },
          .random = [seed = env.random.next_u64(),
                     drawn = std::make_shared<std::atomic<uint64_t>>()] { return mixed(seed + ++*drawn); }},
      dropped);
  instruments_.tracer = tracer_.get();
}

block::ResyncMeter NodeMetrics::resync_meter() {
  return {.tries = &registry_.counter("block_resync_counter", "Number of calls to resync_block"),
          .errors = &registry_.counter("block_resync_error_counter", "Number of errors in calls to resync_block"),
          .received = &registry_.counter("block_resync_recv_counter", "Number of blocks received from another node"),
          .duration = &registry_.histogram("block_resync_duration", "Duration of block resync operations")};
}

std::function<void(kv::Family, const std::string&, const NodeId&, bool)> NodeMetrics::row_counter() {
  return [this](kv::Family family, const std::string& key, const NodeId& peer, bool sent) {
    const auto names = table_names(family);
    const SyncCounter& of = sent ? kRowsSent : kRowsReceived;
    registry_.counter(of.name, of.help, {{"table_name", names.all[names.index_of(key)]}, {of.peer, short_hex(peer)}})
        .add();
  };
}

void NodeMetrics::gauge(std::string_view name, std::string_view help, std::function<double()> look) {
  registry_.observe(name, Kind::kGauge, help, [look = std::move(look)](Observer& out) { out.set({}, look()); });
}

void NodeMetrics::counter(std::string_view name, std::string_view help, std::function<double()> look) {
  registry_.observe(name, Kind::kCounter, help, [look = std::move(look)](Observer& out) { out.set({}, look()); });
}

void NodeMetrics::peers_at_zero(Observer& out, const Labels& labels, const char* peer) const {
  const auto layout = watched_->context.layout.snapshot();
  for (const auto& [node, role] : layout->current.roles) {
    if (node == watched_->context.facts.id) continue;
    Labels all = labels;
    all.emplace_back(peer, short_hex(node));
    out.set(std::move(all), 0);
  }
}

void NodeMetrics::health(std::string_view name, std::string_view help, std::string_view field) {
  gauge(name, help, [this, field] {
    const codec::Json* value = health_.find(field);
    return value == nullptr ? 0 : value->as_double().value_or(0);
  });
}

void NodeMetrics::watch(Watched watched) {
  watched_ = std::make_unique<Watched>(std::move(watched));
  watch_node();
  watch_cluster();
  watch_peers();
  watch_blocks();
  watch_tables();
  watch_commits();
  watch_duties();
}

Task<std::string> NodeMetrics::scrape() {
  if (!watched_) co_return registry_.render();
  space_ = co_await watched_->context.space.measure();
  if (auto health = co_await admin::get_cluster_health(watched_->context, {})) health_ = std::move(*health);
  co_return registry_.render();
}

void NodeMetrics::watch_node() {
  registry_.observe("garage_build_info", Kind::kGauge, "Garage build info",
                    [](Observer& out) { out.set({{"version", "v" + std::string(admin::kVersion)}}, 1); });
  gauge("garage_replication_factor", "Garage replication factor setting",
        [this] { return static_cast<double>(settings_.replication_factor); });
  const auto space = [this](std::string_view name, std::string_view help, uint64_t env::Space::* field) {
    registry_.observe(name, Kind::kGauge, help, [this, field](Observer& out) {
      if (space_.data) out.set({{"volume", "data"}}, static_cast<double>((*space_.data).*field));
      if (space_.metadata) out.set({{"volume", "metadata"}}, static_cast<double>((*space_.metadata).*field));
    });
  };
  space("garage_local_disk_avail", "Garage available disk space on each node", &env::Space::available_bytes);
  space("garage_local_disk_total", "Garage total disk space on each node", &env::Space::total_bytes);
}

void NodeMetrics::watch_cluster() {
  const auto status = [this](std::string_view wanted) {
    const codec::Json* value = health_.find("status");
    return value != nullptr && value->as_string() == wanted;
  };
  gauge("cluster_healthy", "Whether all storage nodes are connected, and this one is in order",
        [status] { return status("healthy") ? 1.0 : 0.0; });
  gauge("cluster_available", "Whether all requests can be served, even if some storage nodes are disconnected",
        [status] { return status("healthy") || status("degraded") ? 1.0 : 0.0; });
  health("cluster_known_nodes", "Number of nodes already seen once in the cluster", "knownNodes");
  health("cluster_connected_nodes", "Number of nodes currently connected", "connectedNodes");
  health("cluster_storage_nodes", "Number of storage nodes declared in the current layout", "storageNodes");
  health("cluster_storage_nodes_ok", "Number of storage nodes currently connected", "storageNodesUp");
  health("cluster_partitions", "Number of partitions in the layout", "partitions");
  health("cluster_partitions_quorum", "Number of partitions for which there is a quorum of connected nodes",
         "partitionsQuorum");
  health("cluster_partitions_all_ok", "Number of partitions for which all storage nodes are connected",
         "partitionsAllOk");
}

void NodeMetrics::watch_peers() {
  auto& context = watched_->context;
  // Of every node with a role: this one counts as connected.
  const auto per_role = [this, &context](bool of_time, Observer& out) {
    const auto layout = context.layout.snapshot();
    const auto view = watched_->view();
    const MonotonicTime now = runtime::Loop::current()->now();
    for (const auto& [node, role] : layout->current.roles) {
      const auto* peer = view->find(node);
      const bool up = node == context.facts.id || (peer != nullptr && peer->up);
      if (!of_time) {
        out.set(role_labels(node, role), up ? 1 : 0);
      } else if (up) {
        out.set(role_labels(node, role), 0);
      } else if (peer != nullptr && peer->last_seen) {
        out.set(role_labels(node, role), std::chrono::duration<double>(now - *peer->last_seen).count());
      }
    }
  };
  registry_.observe("cluster_layout_node_connected", Kind::kGauge, "Connection status for nodes in the cluster layout",
                    [per_role](Observer& out) { per_role(false, out); });
  registry_.observe("cluster_layout_node_disconnected_time", Kind::kGauge,
                    "Time (in seconds) since last connection to nodes in the cluster layout",
                    [per_role](Observer& out) { per_role(true, out); });
  registry_.observe("garage_peer_service_time_seconds", Kind::kGauge, "How long each connected node takes to answer",
                    [this](Observer& out) {
                      const auto view = watched_->view();
                      for (const auto& peer : view->peers) {
                        if (!peer.up || peer.service_time.count() == 0) continue;
                        out.set({{"to", short_hex(peer.id)}}, std::chrono::duration<double>(peer.service_time).count());
                      }
                    });
  registry_.observe("garage_peer_clock_ahead_seconds", Kind::kGauge,
                    "How far the clock of each connected node is ahead", [this](Observer& out) {
                      const auto view = watched_->view();
                      for (const auto& peer : view->peers) {
                        if (peer.up)
                          out.set({{"to", short_hex(peer.id)}}, static_cast<double>(peer.clock_ahead_ms) / 1e3);
                      }
                    });
  gauge("garage_layout_version", "Version of the cluster layout that this node knows",
        [&context] { return static_cast<double>(context.layout.snapshot()->current.version); });
  gauge("garage_layout_settled_version", "Version of the cluster layout up to which all data has moved",
        [&context] { return static_cast<double>(context.layout.snapshot()->history.settled); });
}

void NodeMetrics::watch_blocks() {
  auto& blocks = watched_->context.blocks;
  gauge("block_compression_level", "Garage compression level for blocks",
        [this] { return static_cast<double>(settings_.compression_level.value_or(0)); });
  gauge("block_rc_size", "Number of blocks known to the reference counter",
        [this] { return static_cast<double>(watched_->context.store.estimate_count(kv::Family::kBlockIndex)); });
  gauge("block_ram_buffer_free_kb", "Memory for the blocks of uploads that none of them holds, in KiB",
        [this] { return static_cast<double>(watched_->context.objects.ram_buffer_free_bytes()) / 1024; });
  counter("block_bytes_read", "Number of bytes of blocks that were read here, unpacked",
          [&blocks] { return static_cast<double>(blocks.stats().bytes_read); });
  counter("block_bytes_written", "Number of bytes written to disk",
          [&blocks] { return static_cast<double>(blocks.stats().bytes_written); });
  counter("block_delete_counter", "Number of blocks deleted",
          [&blocks] { return static_cast<double>(blocks.stats().blocks_removed); });
  counter("block_corruption_counter", "Data corruptions detected on block reads",
          [&blocks] { return static_cast<double>(blocks.stats().blocks_corrupt); });
  counter("garage_block_deduplicated_counter", "Number of blocks that were written and were there already",
          [&blocks] { return static_cast<double>(blocks.stats().blocks_deduplicated); });
  gauge("garage_block_volumes", "Number of volume files",
        [&blocks] { return static_cast<double>(blocks.stats().volume_count); });
  gauge("garage_block_volumes_failed", "Number of volume files that cannot be written any more",
        [&blocks] { return static_cast<double>(blocks.stats().failed_volume_count); });
  gauge("garage_block_live_bytes", "Bytes of blocks in the volume files",
        [&blocks] { return static_cast<double>(blocks.stats().live_bytes); });
  gauge("garage_block_free_bytes", "Bytes of deleted blocks in the volume files, holes or waiting for compaction",
        [&blocks] { return static_cast<double>(blocks.stats().free_bytes); });
  if (watched_->resync == nullptr) return;
  const auto& resync = *watched_->resync;
  gauge("block_resync_queue_length", "Number of block hashes queued for local check and possible resync",
        [&resync] { return static_cast<double>(resync.stats().queue_length); });
  registry_.observe("block_resync_send_counter", Kind::kCounter, "Number of blocks sent to another node",
                    [this](Observer& out) { peers_at_zero(out, {}, "to"); });
  gauge("block_resync_errored_blocks", "Number of block hashes whose last resync resulted in an error",
        [&resync] { return static_cast<double>(resync.stats().errors); });
}

void NodeMetrics::watch_tables() {
  registry_.observe("table_size", Kind::kGauge, "Number of items in table", [this](Observer& out) {
    auto& context = watched_->context;
    const auto directory = context.settings.directory();
    out.set({{"table_name", "bucket_v2"}}, static_cast<double>(directory->buckets().size()));
    out.set({{"table_name", "key"}}, static_cast<double>(directory->keys().size()));
    for (const auto& [family, name] :
         {std::pair{kv::Family::kObject, "object"}, std::pair{kv::Family::kUpload, "multipart_upload"},
          std::pair{kv::Family::kVersion, "version"}, std::pair{kv::Family::kBlockRef, "block_ref"}}) {
      out.set({{"table_name", name}}, static_cast<double>(context.store.estimate_count(family)));
    }
  });
  registry_.observe("garage_row_hint_bytes", Kind::kGauge, "Bytes of rows kept here for nodes that have missed them",
                    [this](Observer& out) {
                      peers_at_zero(out, {}, "to");
                      for (const NodeId& node : watched_->row_hints.nodes()) {
                        out.set({{"to", short_hex(node)}}, static_cast<double>(watched_->row_hints.bytes_for(node)));
                      }
                    });
  for (const SyncCounter& of : {kRowsSent, kRowsReceived}) {
    registry_.observe(of.name, Kind::kCounter, of.help, [this, peer = of.peer](Observer& out) {
      for (const char* table : {"bucket_v2", "object", "multipart_upload", "block_ref"}) {
        peers_at_zero(out, {{"table_name", table}}, peer);
      }
    });
  }
  counter("garage_row_hints_dropped", "Number of rows not kept for a node because too much waits for it",
          [this] { return static_cast<double>(watched_->row_hints.dropped()); });
  counter("garage_row_writes_held_back", "Number of writes of rows not sent to a node because too much waits for it",
          [this] { return static_cast<double>(watched_->row_writes_held_back()); });
}

void NodeMetrics::watch_commits() {
  gauge("garage_metadata_damaged", "1 where the metadata database has met an I/O error or damage that lasts",
        [this] { return watched_->context.store.damage() ? 1.0 : 0.0; });
  const auto& commits = watched_->commits;
  counter("garage_commit_batches", "Number of batches written to the metadata database",
          [&commits] { return static_cast<double>(commits.stats().batches); });
  counter("garage_commit_changes", "Number of changes committed to the metadata database",
          [&commits] { return static_cast<double>(commits.stats().changes); });
  counter("garage_commit_failures",
          "Number of changes that failed because the metadata database could not be read or written",
          [&commits] { return static_cast<double>(commits.stats().failures); });
}

// What goes on in the background.
void NodeMetrics::watch_duties() {
  const auto* maintenance = watched_->context.maintenance;
  if (maintenance == nullptr) return;
  const auto each = [this, maintenance](std::string_view name, Kind kind, std::string_view help,
                                        std::function<std::optional<double>(const runtime::WorkerStatus&)> look) {
    registry_.observe(name, kind, help, [maintenance, look = std::move(look)](Observer& out) {
      for (const auto& worker : maintenance->workers().list()) {
        if (const auto value = look(worker.status)) {
          out.set({{"id", std::to_string(worker.id)}, {"worker", worker.name}}, *value);
        }
      }
    });
  };
  each("garage_worker_busy", Kind::kGauge, "Whether a background duty is at work", [](const auto& status) {
    const bool busy = status.state == runtime::WorkerState::kBusy || status.state == runtime::WorkerState::kThrottled;
    return std::optional(busy ? 1.0 : 0.0);
  });
  each("garage_worker_errors", Kind::kCounter, "Number of steps of a background duty that failed",
       [](const auto& status) { return std::optional(static_cast<double>(status.errors)); });
  each("garage_worker_queue_length", Kind::kGauge, "How much waits for a background duty", [](const auto& status) {
    return status.queue_length ? std::optional(static_cast<double>(*status.queue_length)) : std::nullopt;
  });
  gauge("garage_block_hints", "Number of references to blocks kept here for nodes that have missed them",
        [maintenance] { return static_cast<double>(maintenance->hints().references); });
}

}  // namespace garage::daemon
