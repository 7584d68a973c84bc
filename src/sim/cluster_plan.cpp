#include "sim/cluster_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace garage::sim {
namespace {

Duration now_and_then(SimRandom& random, double never, Duration shortest, Duration longest) {
  return random.chance(never) ? Duration(0) : random.between(shortest, longest);
}

uint32_t draw_replication(SimRandom& random) {
  const uint64_t drawn = random.below(10);
  return drawn < 6 ? 3 : drawn < 8 ? 2 : 1;
}

void draw_nodes(SimRandom& random, ClusterPlan& plan) {
  plan.replication_factor = draw_replication(random);
  plan.nodes = static_cast<NodeIndex>(3 + random.below(5));
  const NodeIndex waiting = plan.nodes == 3 ? 0 : static_cast<NodeIndex>(random.below(2));
  const uint64_t zones = 1 + random.below(4);
  for (NodeIndex i = 0; i + waiting < plan.nodes; ++i) {
    layout::Role role{.zone = "zone" + std::to_string(i % zones), .capacity_bytes = {}, .tags = {}};
    const bool keeps = i < plan.replication_factor || random.chance(0.85);
    if (keeps) role.capacity_bytes = (1 + random.below(4)) * 1'000'000'000;
    plan.roles.push_back(std::move(role));
  }
  plan.spread = 1u << random.below(4);
  plan.block_bytes = uint64_t{4096} << random.below(4);
  plan.compresses = random.chance(0.5);
}

// Streams repair loss by themselves: on a network that loses much, segments are late and connections end.
void draw_network(SimRandom& random, NetworkFaults& network) {
  network.delay_longest = random.chance(0.6) ? random.between(200us, 2ms) : random.between(2ms, 60ms);
  network.slow_probability = random.chance(0.5) ? 0 : static_cast<double>(random.below(50)) / 1000;
  network.slow_longest = random.between(10ms, 3s);
  network.segment_reset_probability = random.chance(0.5) ? 0 : static_cast<double>(random.below(20)) / 10000;
  network.connect_failure_probability = random.chance(0.5) ? 0 : static_cast<double>(random.below(300)) / 1000;
  network.short_read_probability = random.chance(0.5) ? 0 : 0.3;
  network.window_bytes = random.between(uint64_t{16} << 10, uint64_t{1} << 20);
  network.stall_longest = random.between(15s, 60s);
}

void draw_accidents(SimRandom& random, ClusterPlan& plan) {
  FaultOptions& faults = plan.faults;
  faults.disk_pool.longest = random.between(100us, 4ms);
  faults.disk_pool.stall_probability = random.chance(0.6) ? 0 : 0.005;
  faults.disk_pool.stall_longest = random.between(10ms, 500ms);
  faults.slow_disk_probability = random.chance(0.8) ? 0 : 0.2;
  faults.slow_disk_factor = random.between(uint64_t{2}, uint64_t{50});
  faults.disk.cached_read_probability = static_cast<double>(random.below(101)) / 100;
  faults.disk.writeback_bytes = random.between(uint64_t{1} << 14, uint64_t{1} << 24);

  faults.clock.wall_offset_max = random.chance(0.5) ? Duration(0) : random.between(1ms, 120s);
  faults.clock.drift_ppm_max = random.chance(0.5) ? 0 : random.below(500);
  faults.clock.jump_every = now_and_then(random, 0.5, 5s, 30s);
  faults.clock.jump_max = random.chance(0.8) ? random.between(1s, 300s) : random.between(300s, 6h);

  AccidentOptions& accidents = faults.accidents;
  accidents.kill_every = now_and_then(random, 0.4, 5s, 30s);
  accidents.power_cut_every = now_and_then(random, 0.4, 5s, 30s);
  accidents.all_power_probability = random.chance(0.5) ? 0 : 0.4;
  accidents.down_longest = random.between(1s, 15s);
  accidents.down_nodes_max = random.chance(0.8) ? 1 : 2;
  accidents.pause_every = now_and_then(random, 0.5, 5s, 30s);
  accidents.pause_longest = random.between(100ms, 12s);
  accidents.partition_every = now_and_then(random, 0.4, 4s, 25s);
  accidents.partition_longest = random.between(1s, 15s);
  accidents.one_way_probability = 0.4;
  plan.slow_disk_every = now_and_then(random, 0.7, 5s, 30s);
  plan.full_disk_every = now_and_then(random, 0.7, 5s, 30s);
  plan.layout_change_every = now_and_then(random, 0.4, 3s, 20s);
  plan.layout_changes_max = 1 + random.below(3);
}

std::string seconds(Duration duration) {
  return fmt::format("{:.3g}s", static_cast<double>(duration.count()) / 1e9);
}

}  // namespace

bool plant_bug(std::string_view name, ClusterScenario& scenario) {
  const std::map<std::string_view, bool*> bugs = {
      {"fence", &scenario.ablation.plain_installs_ignore_fence},
      {"full-round", &scenario.ablation.check_then_write},
      {"write-back", &scenario.ablation.no_write_back},
      {"retry-keeps-ord", &scenario.ablation.retry_as_new},
      {"lineage", &scenario.ablation.retry_without_lineage},
      {"completed-once", &scenario.ablation.completed_before_ignored},
      {"settled-listings", &scenario.ablation.listing_unsettled},
      {"sync-before-answer", &scenario.answers_before_sync},
      {"conditions", &scenario.condition_ignored},
      {"quorum-reads", &scenario.one_replica_answers},
      {"right-bytes", &scenario.some_bytes_swapped},
      {"comparing", &scenario.replicas_never_compared},
  };
  const auto found = bugs.find(name);
  if (found == bugs.end()) return false;
  *found->second = true;
  return true;
}

ClusterPlan ClusterPlan::draw(SimRandom& random) {
  ClusterPlan plan;
  draw_nodes(random, plan);
  plan.clients = 3 + random.below(3);
  plan.operations = 15 + random.below(20);
  plan.keys = 3 + random.below(6);
  plan.think_longest = random.between(200ms, 2s);
  // Or all want the same at the same time.
  if (random.chance(0.35)) {
    plan.keys = 1 + random.below(2);
    plan.think_longest = random.between(2ms, 100ms);
    plan.operations += 15;
  }
  draw_network(random, plan.faults.network);
  draw_accidents(random, plan);
  // Or the mains are bad, for all of them.
  if (random.chance(0.2)) {
    plan.faults.accidents.power_cut_every = random.between(1s, 4s);
    plan.faults.accidents.down_longest = random.between(100ms, 2s);
    plan.faults.accidents.all_power_probability = 0.6;
  }
  return plan;
}

std::string to_string(const ClusterPlan& plan) {
  std::string out = fmt::format(
      "{} nodes, replication {}, spread {}, blocks of {}{}, {} clients with {} operations on {} keys, thinking up to "
      "{}\n",
      plan.nodes, plan.replication_factor, plan.spread, plan.block_bytes, plan.compresses ? " compressed" : "",
      plan.clients, plan.operations, plan.keys, seconds(plan.think_longest));
  for (size_t i = 0; i < plan.roles.size(); ++i) {
    const auto& role = plan.roles[i];
    out += fmt::format("node {}: {} {}\n", i, role.zone,
                       role.capacity_bytes ? std::to_string(*role.capacity_bytes) : "gateway");
  }
  return out +
         fmt::format("disks slow every {}, full every {}; layout changes every {}, at most {}\n",
                     seconds(plan.slow_disk_every), seconds(plan.full_disk_every), seconds(plan.layout_change_every),
                     plan.layout_changes_max) +
         to_string(plan.faults);
}

}  // namespace garage::sim
