#include "sim/cluster_world.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.hpp"
#include "runtime/sleep.hpp"

namespace garage::sim {
namespace {

constexpr std::string_view kPort = ":3901";

Task<void> bring_up(ClusterWorld* cluster, NodeIndex index) {
  ClusterMember& member = cluster->member(index);
  auto built = co_await daemon::build_node(cluster->parts_of(index));
  while (!built && built.error().kind == ErrorKind::kNoSpace) {
    // Who looks after the node starts it again.
    co_await runtime::sleep_for(1s);
    built = co_await daemon::build_node(cluster->parts_of(index));
  }
  if (!built) {
    cluster->history().broken(fmt::format("node {} does not start: {}", index, built.error().message));
    co_return;
  }
  daemon::Node& node = member.machine->own(std::move(*built));
  if (auto listening = co_await node.listen(); !listening) {
    cluster->history().broken(fmt::format("node {} does not listen: {}", index, listening.error().message));
    co_return;
  }
  member.id = node.id();
  member.node = &node;
  cluster->history().say(fmt::format("node {} is up", index));
}

Task<Result<void>> connect(daemon::Node* node, std::string peer) {
  co_return co_await node->admin_context().cluster->connect(std::move(peer));
}

Task<Result<admin::Layout>> apply_roles(daemon::Node* node, std::vector<std::pair<NodeId, layout::Role>> roles) {
  auto context = node->admin_context();
  auto edit = [roles = std::move(roles)](layout::History& history) -> Result<void> {
    for (const auto& [id, role] : roles) CHECK_OK(layout::stage_role(history, id, role));
    return layout::apply_staged(history, 1);
  };
  co_return co_await context.layout.edit(std::move(edit));
}

Task<Result<BucketId>> create_bucket(daemon::Node* node, std::string name, uint32_t spread) {
  auto context = node->admin_context();
  co_return co_await context.settings.create_bucket(std::move(name), "", spread);
}

}  // namespace

ClusterWorld::ClusterWorld(uint64_t seed, const ClusterScenario& scenario)
    : scenario_(scenario), random_(seed), plan_(ClusterPlan::draw(random_)), bodies_(plan_.block_bytes) {
  counts_.lives = 1;
  FaultOptions faults = plan_.faults;
  faults.network = {};  // rough only once the cluster is there
  world_ = std::make_unique<World>(random_.next(), faults);
  history_ = std::make_unique<ClusterHistory>(world_->scheduler());
  for (NodeIndex i = 0; i < plan_.nodes; ++i) {
    ClusterMember& member = members_.emplace_back();
    member.store->set_cold(random_.chance(0.2));
    member.machine = &world_->add_node([this, i](SimNode&) { boot(i); });
  }
}

ClusterWorld::~ClusterWorld() = default;

daemon::NodeParts ClusterWorld::parts_of(NodeIndex index) {
  SimNode& machine = *members_[index].machine;
  config::Settings settings;
  settings.metadata_dir = "meta";
  settings.data_dir = {{.path = "data"}};
  settings.replication_factor = plan_.replication_factor;
  settings.block_size = plan_.block_bytes;
  if (!plan_.compresses) settings.compression_level.reset();
  settings.rpc_bind_addr = machine.ip() + std::string(kPort);
  settings.s3_api.s3_region = "garage";
  if (scenario_.answers_before_sync) settings.metadata_fsync = settings.data_fsync = false;
  if (scenario_.one_replica_answers) settings.consistency_mode = config::ConsistencyMode::kDangerous;
  return {.env = machine.env(),
          .settings = settings,
          .secrets = {.rpc_secret = Secret(std::string(32, 'r')),
                      .admin_token = std::nullopt,
                      .metrics_token = std::nullopt},
          .flags = {},
          .hostname = "sim" + std::to_string(index),
          .boot_id = "boot",
          .commit_pool = machine.env().pools.disk,
          .open_store = [store = members_[index].store]() -> Result<std::shared_ptr<kv::Store>> { return store; },
          .adjust_tables =
              [scenario = scenario_](table::TableOptions& options) {
                options.quorum.ablation = options.ranges.ablation = scenario.ablation;
                options.sync.interval = scenario.replicas_never_compared ? 1000h : 30s;
              },
          .adjust_objects =
              [](object::ObjectOptions& options) {
                options.part_bytes_min = 5000;
                options.upload_window_bytes = 256u << 10;
                options.collect_grace = 30s;
                options.collect_turn = 10s;
              },
          .block_timing = {.pending_idle_max = 300s, .unreferenced_grace = 120s}};
}

void ClusterWorld::boot(NodeIndex index) {
  members_[index].machine->spawn(bring_up(this, index));
}

std::optional<NodeIndex> ClusterWorld::any_node_up() {
  std::vector<NodeIndex> up;
  for (NodeIndex i = 0; i < node_count(); ++i) {
    if (is_up(i)) up.push_back(i);
  }
  if (up.empty()) return std::nullopt;
  return random_.pick(up);
}

std::optional<NodeIndex> ClusterWorld::index_of(const NodeId& id) const {
  for (NodeIndex i = 0; i < node_count(); ++i) {
    if (members_[i].id == id) return i;
  }
  return std::nullopt;
}

bool ClusterWorld::all_up() const {
  return std::ranges::all_of(members_, [](const ClusterMember& member) { return member.node != nullptr; });
}

bool ClusterWorld::form() {
  if (!world_->run_until([this] { return all_up() || !history_->problems().empty(); }, 60s) || !all_up()) {
    history_->broken("not all nodes come up in a calm world");
    return false;
  }
  if (!connect_all() || !apply_first_layout() || !make_bucket()) return false;
  world_->links().faults() = plan_.faults.network;
  history_->say("the storm begins");
  return true;
}

bool ClusterWorld::connect_all() {
  for (NodeIndex i = 1; i < node_count(); ++i) {
    const std::string peer = members_[i].id.hex() + "@" + members_[i].machine->ip() + std::string(kPort);
    auto connected = run_on(0, connect(members_[0].node, peer));
    if (connected && *connected) continue;
    history_->broken(fmt::format("node 0 cannot connect to node {} in a calm world", i));
    return false;
  }
  const auto knows_all = [this](const ClusterMember& member) {
    const auto peers = member.node->admin_context().cluster->peers();
    const auto up = std::ranges::count_if(peers, [](const admin::PeerFacts& peer) { return peer.up; });
    return static_cast<NodeIndex>(up) + 1 == node_count();
  };
  for (int second = 0; second < 60; ++second) {
    if (std::ranges::all_of(members_, knows_all)) return true;
    world_->run_for(1s);
  }
  history_->broken("nodes do not get to know each other in a calm world");
  return false;
}

bool ClusterWorld::apply_first_layout() {
  std::vector<std::pair<NodeId, layout::Role>> roles;
  for (size_t i = 0; i < plan_.roles.size(); ++i) roles.emplace_back(members_[i].id, plan_.roles[i]);
  auto applied = run_on(0, apply_roles(members_[0].node, std::move(roles)));
  if (!applied || !*applied) {
    history_->broken("no first layout: " + (applied ? applied->error().message : "no answer"));
    return false;
  }
  for (int second = 0; second < 60; ++second) {
    world_->run_for(1s);
    if (std::ranges::all_of(members_, [](const ClusterMember& member) {
          return member.node->admin_context().layout.snapshot()->history.settled == 1;
        })) {
      world_->run_for(1s);  // until everybody follows it
      return true;
    }
  }
  history_->broken("the first layout is not in force everywhere after a minute");
  return false;
}

// As an operator would: where disks are slow, a layout that is in force is not followed at once.
bool ClusterWorld::make_bucket() {
  constexpr int kAttempts = 60;
  std::string problem;
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    // What became of the one before is not known.
    auto made = run_on(0, create_bucket(members_[0].node, fmt::format("storm-{}", attempt), plan_.spread));
    if (made && *made) {
      bucket_ = {.id = **made, .spread = plan_.spread};
      world_->run_for(2s);
      return true;
    }
    problem = made ? made->error().message : "no answer";
    world_->run_for(1s);
  }
  history_->broken("no bucket in a calm world: " + problem);
  return false;
}

void ClusterWorld::kill(NodeIndex index) {
  history_->say(fmt::format("node {} is killed", index));
  members_[index].node = nullptr;
  members_[index].machine->kill();
}

void ClusterWorld::power_cut(NodeIndex index) {
  ClusterMember& member = members_[index];
  const size_t unsynced = member.store->unsynced_batches();
  const CutOptions options = CutOptions::draw(random_);
  const size_t kept = options.mode == CutMode::kKeepAll ? unsynced : random_.below(unsynced + 1);
  history_->say(fmt::format("node {} loses power, and {} of {} unsynced batches", index, unsynced - kept, unsynced));
  member.node = nullptr;
  member.machine->power_cut(options);
  member.store->crash(kept);
}

void ClusterWorld::restart(NodeIndex index) {
  if (members_[index].machine->alive()) return;
  history_->say(fmt::format("node {} is started", index));
  members_[index].machine->restart();
}

void ClusterWorld::heal() {
  history_->say("the storm is over");
  world_->links().heal();
  world_->links().faults() = {};
  for (NodeIndex i = 0; i < node_count(); ++i) {
    ClusterMember& member = members_[i];
    member.store->fail_next_writes(ErrorKind::kIo, 0);
    member.machine->set_disk_slowdown(1);
    member.machine->clock().set_wall_offset(Duration(0));
    restart(i);
  }
}

}  // namespace garage::sim
