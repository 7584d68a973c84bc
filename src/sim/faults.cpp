#include "sim/faults.hpp"

#include <fmt/format.h>

#include "sim/random.hpp"

namespace garage::sim {
namespace {

// Off in a third of the draws; otherwise up to `mild`, and one time in five up to `wild`.
double probability(SimRandom& random, double mild, double wild) {
  if (random.chance(1.0 / 3)) return 0;
  const double most = random.chance(0.2) ? wild : mild;
  return most * static_cast<double>(random.below(1001)) / 1000;
}

Duration interval(SimRandom& random, Duration shortest, Duration longest) {
  if (random.chance(1.0 / 3)) return Duration(0);
  return random.between(shortest, longest);
}

PoolDelays draw_pool(SimRandom& random, Duration longest) {
  PoolDelays out;
  out.longest = random.between(longest / 20, longest);
  out.stall_probability = probability(random, 0.001, 0.05);
  out.stall_longest = random.between(10ms, 1s);
  return out;
}

NetworkFaults draw_network(SimRandom& random) {
  NetworkFaults out;
  out.delay_longest = random.chance(0.5) ? random.between(200us, 2ms) : random.between(2ms, 100ms);
  out.slow_probability = probability(random, 0.01, 0.2);
  out.slow_longest = random.between(10ms, 5s);
  out.message_loss_probability = probability(random, 0.01, 0.2);
  out.message_duplication_probability = probability(random, 0.01, 0.3);
  out.segment_reset_probability = probability(random, 0.0005, 0.01);
  out.connect_failure_probability = probability(random, 0.02, 0.3);
  out.short_read_probability = probability(random, 0.1, 0.9);
  out.bandwidth_bytes_per_s = random.chance(0.7) ? 0 : random.between(uint64_t{1} << 17, uint64_t{1} << 30);
  out.window_bytes = random.between(uint64_t{4} << 10, uint64_t{1} << 20);
  out.stall_longest = random.between(15s, 120s);
  return out;
}

std::string text(Duration d) {
  if (d == Duration(0)) return "0";
  if (d < 1ms) return fmt::format("{}us", d / 1us);
  if (d < 10s) return fmt::format("{}ms", d / 1ms);
  return fmt::format("{}s", d / 1s);
}

std::string text(const PoolDelays& p) {
  return fmt::format("{}..{} stall {} up to {}", text(p.shortest), text(p.longest), p.stall_probability,
                     text(p.stall_longest));
}

}  // namespace

FaultOptions FaultOptions::draw(SimRandom& random) {
  FaultOptions out;
  out.disk_pool = draw_pool(random, 5ms);
  out.compute_pool = draw_pool(random, 500us);
  out.post_delay_longest = random.between(Duration(0), Duration(20us));
  out.slow_disk_probability = random.chance(0.8) ? 0 : 0.2;
  out.slow_disk_factor = random.between(uint64_t{2}, uint64_t{100});
  out.network = draw_network(random);
  out.disk.cached_read_probability = static_cast<double>(random.below(101)) / 100;
  out.disk.writeback_bytes = random.between(uint64_t{1} << 16, uint64_t{1} << 26);
  out.clock.wall_offset_max = interval(random, 1ms, 300s);
  out.clock.drift_ppm_max = random.chance(0.5) ? 0 : random.between(uint64_t{1}, uint64_t{1000});
  out.clock.jump_every = interval(random, 5s, 60s);
  out.clock.jump_max = random.between(1ms, 300s);
  out.accidents.kill_every = interval(random, 5s, 60s);
  out.accidents.power_cut_every = interval(random, 5s, 60s);
  out.accidents.down_longest = random.between(100ms, 20s);
  out.accidents.pause_every = interval(random, 5s, 60s);
  out.accidents.pause_longest = random.between(10ms, 10s);
  out.accidents.partition_every = interval(random, 5s, 60s);
  out.accidents.partition_longest = random.between(100ms, 20s);
  out.accidents.all_power_probability = random.chance(0.5) ? 0 : 0.2;
  return out;
}

std::string to_string(const FaultOptions& o) {
  const NetworkFaults& n = o.network;
  const DiskFaults& d = o.disk;
  const AccidentOptions& a = o.accidents;
  std::string out =
      fmt::format("disk_pool: {}\ncompute_pool: {}\npost_delay_longest: {}ns\nslow_disk: {} x{}\n", text(o.disk_pool),
                  text(o.compute_pool), o.post_delay_longest.count(), o.slow_disk_probability, o.slow_disk_factor);
  out += fmt::format(
      "network: delay {}..{} slow {} up to {} loss {} duplication {} reset {} connect_failure {} short_read {} "
      "bandwidth {} window {} "
      "stall {}\n",
      text(n.delay_shortest), text(n.delay_longest), n.slow_probability, text(n.slow_longest),
      n.message_loss_probability, n.message_duplication_probability, n.segment_reset_probability,
      n.connect_failure_probability, n.short_read_probability, n.bandwidth_bytes_per_s, n.window_bytes,
      text(n.stall_longest));
  out += fmt::format(
      "disk: capacity {} read_error {} write_error {} no_space {} sync_error {} lost_write {} misdirected_write {} "
      "read_flip {} "
      "cached_read {} writeback {}\n",
      d.capacity_bytes, d.read_error_probability, d.write_error_probability, d.no_space_probability,
      d.sync_error_probability, d.lost_write_probability, d.misdirected_write_probability, d.read_flip_probability,
      d.cached_read_probability, d.writeback_bytes);
  out += fmt::format("clock: offset {} drift_ppm {} jump every {} by {}\n", text(o.clock.wall_offset_max),
                     o.clock.drift_ppm_max, text(o.clock.jump_every), text(o.clock.jump_max));
  out += fmt::format(
      "accidents: kill every {} power_cut every {} (all {}) down {} at most {} nodes, pause every {} for {}, partition "
      "every {} for "
      "{} (one way {})\n",
      text(a.kill_every), text(a.power_cut_every), a.all_power_probability, text(a.down_longest), a.down_nodes_max,
      text(a.pause_every), text(a.pause_longest), text(a.partition_every), text(a.partition_longest),
      a.one_way_probability);
  return out;
}

}  // namespace garage::sim
