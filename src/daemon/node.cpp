#include "daemon/node.hpp"

#include <fmt/format.h>

#include "admin/node_space.hpp"
#include "admin/version.hpp"
#include "base/log.hpp"
#include "daemon/first_steps.hpp"
#include "daemon/incarnation.hpp"
#include "daemon/options.hpp"
#include "daemon/run_mark.hpp"
#include "web/domain_check.hpp"

namespace garage::daemon {
namespace {

constexpr size_t kFronts = 2;  // S3 and websites, on each loop

}  // namespace

Node::Node(NodeParts parts)
    : clock_(parts.env.clock),
      env_{.clock = clock_,
           .random = parts.env.random,
           .disk = parts.env.disk,
           .network = parts.env.network,
           .loops = parts.env.loops,
           .pools = parts.env.pools},
      ending_env_{.clock = ending_clock_,
                  .random = parts.env.random,
                  .disk = parts.env.disk,
                  .network = parts.env.network,
                  .loops = parts.env.loops,
                  .pools = parts.env.pools},
      parts_(std::move(parts)),
      files_(file_budget(parts_.open_files_max, kFronts * env_.loops.size())),
      metrics_(parts_.settings, env_),
      s3_options_(s3_options(parts_.settings)),
      web_options_(web_options(parts_.settings)),
      ords_(clock_, env_.random,
            {.is_known = [this] { return clock_.has_heard(); }, .latest_ms = [this] { return clock_.latest_ms(); }}) {
  for (runtime::Loop* loop : env_.loops) fronts_.push_back(std::make_unique<FrontLoop>(*loop, files_.front));
}

Node::~Node() = default;

void Node::say_how_the_last_run_ended() {
  const auto& settings = parts_.settings;
  const bool relaxed = !settings.metadata_fsync || !settings.data_fsync;
  if (relaxed) {
    LOG_WARN("daemon",
             "{}: a power cut may lose what was written in the last second, and conditional writes hold unless power "
             "is lost",
             !settings.metadata_fsync ? "metadata_fsync = false" : "data_fsync = false");
  }
  auto last = begin_run(env_.disk, settings.metadata_dir, parts_.boot_id);
  run_began_ = last.has_value();
  if (!last) {
    LOG_WARN("daemon", "cannot tell how the last run ended: {}", last.error().message);
  } else if (*last == LastRun::kProcessEnded) {
    LOG_INFO("daemon", "the last run did not stop by itself; the machine went on, so nothing is missing");
  } else if (*last == LastRun::kMachineEnded && relaxed) {
    LOG_WARN("daemon",
             "the machine went down during the last run, which did not wait for the disk: writes of its last second "
             "may be missing. "
             "What is there is verified before it is served");
  } else if (*last == LastRun::kMachineEnded) {
    LOG_INFO("daemon", "the machine went down during the last run; what was answered is there");
  }
}

// The node's state files, before its data.
Result<void> Node::open_state() {
  auto& disk = env_.disk;
  const std::string& metadata_dir = parts_.settings.metadata_dir;
  if (auto made = disk.make_directories(metadata_dir); !made) {
    return std::unexpected(
        made.error().within("Unable to create metadata_dir (choose another one, or make it writable)"));
  }
  auto lock = disk.try_lock(metadata_dir + "/garage.lock");
  if (!lock && lock.error().kind == ErrorKind::kExists) {
    return fail(ErrorKind::kExists,
                fmt::format("Another garage server is running on metadata_dir {}: stop it first", metadata_dir));
  }
  if (!lock) return std::unexpected(lock.error().within("Unable to lock metadata_dir"));
  lock_ = std::move(*lock);
  TRY(identity_, admin::load_or_create_identity(disk, env_.random, metadata_dir));
  LOG_INFO("daemon", "Node ID of this node: {}{}", admin::short_id(identity_.id), identity_.is_new ? " (new)" : "");
  TRY(layout_,
      admin::LayoutKeeper::open(disk, env_.pools.disk, metadata_dir, parts_.settings.replication_factor, identity_.id));
  admin::SpaceMeter::Parts of_space{.disk = disk,
                                    .metadata_pool = env_.pools.disk,
                                    .data_pool = data_pool(),
                                    .metadata_dir = metadata_dir,
                                    .data_dirs = {}};
  for (const auto& directory : parts_.settings.data_dir) {
    if (!directory.read_only) of_space.data_dirs.push_back(directory.path);
  }
  space_ = std::make_unique<admin::SpaceMeter>(std::move(of_space));
  return {};
}

Result<std::unique_ptr<ClusterSide>> Node::make_cluster_side() {
  if (!parts_.secrets.rpc_secret) {
    return fail(ErrorKind::kInvalid, "No RPC secret provided: set rpc_secret in the configuration file");
  }
  const auto& settings = parts_.settings;
  hello_ = {.incarnation = incarnation_,
            .boot_id = env_.random.id<Uuid>(),
            .replication_factor = settings.replication_factor,
            .public_address = public_address_of(settings, parts_.own_address),
            .strands = static_cast<uint32_t>(env_.loops.size())};
  table::TableOptions of_tables = table_options(settings);
  of_tables.sync.brought = metrics_.row_counter();
  if (parts_.adjust_tables) parts_.adjust_tables(of_tables);
  return ClusterSide::create({.env = env_,
                              .clock = clock_,
                              .settings = settings,
                              .key = net::NodeKey{identity_.id, identity_.seed},
                              .rpc_secret = *parts_.secrets.rpc_secret,
                              .facts = hello_,
                              .own_address = parts_.own_address,
                              .layout = *layout_,
                              .store = *store_,
                              .commits = *commits_,
                              .ords = ords_,
                              .tables = of_tables,
                              .blocks = parts_.block_timing,
                              .metrics = metrics_,
                              .report = [this] { return report(); }});
}

Task<cluster::NodeReport> Node::report() {
  const auto space = co_await space_->measure();
  co_return cluster::NodeReport{.hostname = parts_.hostname,
                                .version = "v" + std::string(admin::kVersion),
                                .data = space.data,
                                .metadata = space.metadata,
                                .resync_queue = {}};
}

Result<void> Node::find_incarnation() {
  TRY(const auto known, load_incarnation(*store_));
  if (known) {
    incarnation_ = *known;
    return {};
  }
  // In this order: whoever ends between the two begins with the first again.
  CHECK_OK(layout_->database_is_new());
  TRY(incarnation_, draw_incarnation(*store_, *commits_, env_.random));
  return {};
}

// The databases, and what works on them.
Task<Result<void>> Node::open_data() {
  const auto& settings = parts_.settings;
  // Logs may have to be replayed: meanwhile this loop hears signals.
  CO_TRY(store_, co_await runtime::run_on(env_.pools.disk, [this] { return parts_.open_store(); }));
  say_how_the_last_run_ended();
  kv::CommitOptions commit_options;
  commit_options.durability = durability_of(settings);
  if (commit_options.durability == kv::Durability::kRelaxed) {
    syncer_ = std::make_unique<kv::RelaxedSyncer>(*store_, *env_.loops[0], env_.pools.disk, kv::RelaxedSyncOptions{});
    commit_options.wrote = [syncer = syncer_.get()](uint64_t bytes) { syncer->wrote(bytes); };
  }
  commits_ = std::make_unique<kv::CommitQueue>(*store_, parts_.commit_pool, commit_options);
  CO_CHECK_OK(find_incarnation());
  CO_TRY(cluster_, make_cluster_side());
  CO_TRY(discovery_, DiscoverySide::create({.env = env_,
                                            .settings = settings,
                                            .self = identity_.id,
                                            .hostname = parts_.hostname,
                                            .own_address = parts_.own_address,
                                            .kubernetes = parts_.kubernetes,
                                            .mesh = cluster_->mesh(),
                                            .layout = *layout_}));
  auto of_blocks = block_options(settings);
  of_blocks.open_files_max = files_.volumes;
  of_blocks.read_duration = &metrics_.registry().histogram("block_read_duration", "Duration of block read operations");
  of_blocks.write_duration =
      &metrics_.registry().histogram("block_write_duration", "Duration of block write operations");
  of_blocks.on_damaged = [side = cluster_.get()](const BlockHash& hash) { side->block_damaged(hash); };
  env::Env of_data{.clock = clock_,
                   .random = env_.random,
                   .disk = env_.disk,
                   .network = env_.network,
                   .loops = env_.loops,
                   .pools = {.disk = data_pool(), .compute = env_.pools.compute}};
  CO_TRY(blocks_, co_await block::BlockStore::open(std::move(of_data), *store_, *commits_, std::move(of_blocks)));
  const auto make = [this](table::Schema& schema) { return cluster_->tables().make_register(schema); };
  CO_TRY(settings_,
         model::Settings::open(*store_, env_.clock, env_.random, make, {.allow_punycode = settings.allow_punycode}));
  admin_tokens_ = std::make_unique<admin::AdminTokens>(
      *settings_, ending_env_, admin::ConfiguredTokens{parts_.secrets.admin_token, parts_.secrets.metrics_token});
  auto of_objects = object_options(settings);
  if (parts_.adjust_objects) parts_.adjust_objects(of_objects);
  objects_ = object::Objects::create(env_, *store_, *commits_, *blocks_, make, of_objects);
  CO_CHECK_OK(cluster_->attach(*blocks_, *settings_, *objects_));
  compactor_ = std::make_unique<Compactor>(*blocks_);
  maintenance_ = std::make_unique<NodeMaintenance>(NodeMaintenance::Parts{.env = env_,
                                                                          .store = *store_,
                                                                          .commits = *commits_,
                                                                          .blocks = *blocks_,
                                                                          .resync = cluster_->resync(),
                                                                          .inspection = cluster_->inspection(),
                                                                          .unreferenced = cluster_->unreferenced(),
                                                                          .former_rows = cluster_->former_rows(),
                                                                          .block_hints = cluster_->block_hints(),
                                                                          .objects = *objects_,
                                                                          .tables = cluster_->tables().hub(),
                                                                          .layout = cluster_->layout_duty(),
                                                                          .compactor = *compactor_});
  CO_CHECK_OK(maintenance_->open());
  co_return Result<void>{};
}

Task<Result<std::unique_ptr<Node>>> build_node(NodeParts parts) {
  CO_CHECK_OK(check_flags(parts.flags, parts.settings));
  std::unique_ptr<Node> node(new Node(std::move(parts)));
  auto built = node->open_state();
  if (built) built = co_await node->open_data();
  if (built && node->parts_.flags.single_node) {
    built = apply_single_node(node->env_.disk, *node->layout_, node->id(), node->parts_.settings);
  }
  if (built) built = co_await node->cluster_->follow_layout();
  // A node that was revoked starts all the same, to say so.
  if (built && !node->layout_->revoked())
    built = co_await apply_default_key_and_bucket(*node->settings_, node->parts_.flags);
  if (!built) {
    co_await node->stop(0s);
    co_return std::unexpected(built.error());
  }
  node->objects_->start_collector();
  node->compactor_->start(*node->env_.loops[0]);
  co_return node;
}

admin::Context Node::admin_context() {
  const auto& settings = parts_.settings;
  admin::NodeFacts facts{.id = identity_.id,
                         .hostname = parts_.hostname,
                         .address = settings.rpc_public_addr.value_or(
                             parts_.own_address.empty() ? settings.rpc_bind_addr : parts_.own_address),
                         .s3_region = settings.s3_api.s3_region,
                         .s3_endpoint = settings.s3_api.public_endpoint.value_or(""),
                         .s3_path_style = s3_options_.public_endpoint_path_style};
  return {.env = env_,
          .settings = *settings_,
          .objects = *objects_,
          .blocks = *blocks_,
          .store = *store_,
          .layout = *layout_,
          .space = *space_,
          .facts = std::move(facts),
          .cluster = cluster_.get(),
          .maintenance = maintenance_.get(),
          .tokens = admin_tokens_.get()};
}

Result<void> Node::listen_peers() {
  peer_port_ = std::make_unique<PeerPort>(env_, net::NodeKey{identity_.id, identity_.seed}, *parts_.secrets.rpc_secret,
                                          hello_, admin_context(), cluster_->mesh(), files_.peer_connections);
  cluster_->answer_admin(*peer_port_);
  CHECK_OK(peer_port_->listen({parts_.settings.rpc_bind_addr}));
  LOG_INFO("daemon", "peer port listens at {}", parts_.settings.rpc_bind_addr);
  return {};
}

Result<void> Node::listen_admin() {
  const auto& settings = parts_.settings.admin;
  if (!settings.api_bind_addr) return {};
  admin_http::ServiceOptions options{.metrics_require_token = settings.metrics_require_token,
                                     .metrics = [this] { return metrics_.scrape(); }};
  options.serves_domain = [this](std::string_view domain) {
    return web::serves_domain(*settings_->directory(), domain,
                              {.s3_api = s3_options_.root_domain, .web = web_options_.root_domain});
  };
  admin_front_ = std::make_unique<AdminFront>(env_, admin_context(), std::move(options), metrics_.instruments(),
                                              files_.admin_connections);
  CHECK_OK(admin_front_->listen({*settings.api_bind_addr}));
  LOG_INFO("daemon", "admin API listens at {}", *settings.api_bind_addr);
  return {};
}

Task<Result<void>> Node::listen_s3() {
  const auto& s3_api = parts_.settings.s3_api;
  if (!s3_api.api_bind_addr) {
    LOG_WARN("daemon", "s3_api.api_bind_addr is not set: the S3 API is not served");
    co_return Result<void>{};
  }
  const s3::Backend backend{.env = env_,
                            .settings = *settings_,
                            .objects = *objects_,
                            .options = s3_options_,
                            .instruments = &metrics_.instruments(),
                            .shut = &layout_->revoked(),
                            .signing_clock = &signing_clock_,
                            .ending_clock = &ending_clock_};
  const env::Address address{*s3_api.api_bind_addr};
  for (auto& front : fronts_) CO_CHECK_OK(co_await front->run(front->listen_s3(backend, address)));
  LOG_INFO("daemon", "S3 API listens at {}, region {}", *s3_api.api_bind_addr, s3_api.s3_region);
  co_return Result<void>{};
}

Result<void> Node::start_traces() {
  if (metrics_.tracer() == nullptr) return {};
  constexpr size_t kIdCharacters = 16;
  exporters::Resource resource{{"service.name", "garage"},
                               {"service.instance.id", identity_.id.hex().substr(0, kIdCharacters)},
                               {"service.version", std::string(admin::kVersion)}};
  TRY(traces_, exporters::TraceExporter::create(env_.network, *metrics_.tracer(), *parts_.settings.admin.trace_sink,
                                                std::move(resource)));
  traces_->start();
  return {};
}

Task<Result<void>> Node::listen_web() {
  const auto& settings = parts_.settings.s3_web;
  if (!settings.present) co_return Result<void>{};
  const web::Backend backend{
      .env = env_, .settings = *settings_, .objects = *objects_, .options = web_options_, .shut = &layout_->revoked()};
  const env::Address address{settings.bind_addr};
  for (auto& front : fronts_) {
    CO_CHECK_OK(co_await front->run(front->listen_web(backend, address, metrics_.instruments())));
  }
  LOG_INFO("daemon", "websites are served at {}", settings.bind_addr);
  co_return Result<void>{};
}

Task<Result<void>> Node::listen() {
  metrics_.watch({.context = admin_context(),
                  .commits = *commits_,
                  .resync = &cluster_->resync(),
                  .row_hints = cluster_->tables().hub().hints(),
                  .row_writes_held_back = [this] { return cluster_->tables().hub().writes_held_back(); },
                  .view = [this] { return cluster_->mesh().view(); }});
  CO_CHECK_OK(start_traces());
  CO_CHECK_OK(listen_peers());
  CO_CHECK_OK(listen_admin());
  cluster_->start();
  discovery_->start();
  CO_CHECK_OK(co_await listen_s3());
  co_return co_await listen_web();
}

Task<void> Node::stop_front(FrontLoop& front, Duration grace) {
  (void)co_await front.run(front.stop_serving(grace));
}

Task<void> Node::stop(Duration grace) {
  metrics_.forget();
  runtime::TaskGroup draining;
  if (discovery_) draining.spawn(discovery_->stop());
  for (auto& front : fronts_) draining.spawn(stop_front(*front, grace));
  if (admin_front_) draining.spawn(admin_front_->stop(grace));
  co_await draining.join();
  // Requests that were in progress needed the other nodes; from here on nothing is asked of this one.
  if (cluster_) co_await cluster_->stop_serving(grace);
  if (discovery_) co_await discovery_->settle();
  if (peer_port_) co_await peer_port_->stop(grace);
  if (compactor_) co_await compactor_->stop();
  if (maintenance_) co_await maintenance_->stop();
  if (objects_) {
    // The first loop comes last, because the collector lives there.
    for (size_t i = fronts_.size(); i-- > 0;) (void)co_await fronts_[i]->run(fronts_[i]->stop_objects(*objects_));
  }
  if (cluster_) co_await cluster_->stop();
  if (blocks_) co_await blocks_->stop();
  if (commits_) co_await commits_->stop();
  bool all_synced = true;
  if (syncer_) {
    const auto synced = co_await syncer_->stop();
    if (!synced) LOG_ERROR("daemon", "last sync: {}", synced.error().message);
    all_synced = synced.has_value();
  }
  if (traces_) co_await traces_->stop();
  for (auto& front : fronts_) co_await front->settle();
  if (!run_began_ || !all_synced) co_return;
  if (auto ended = end_run(env_.disk, parts_.settings.metadata_dir, parts_.boot_id); !ended) {
    LOG_WARN("daemon", "cannot mark the end of the run: {}", ended.error().message);
  }
}

}  // namespace garage::daemon
