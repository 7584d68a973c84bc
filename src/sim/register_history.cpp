#include "sim/register_history.hpp"

#include <fmt/format.h>

#include <optional>

#include "sim/register_accidents.hpp"
#include "sim/register_clients.hpp"
#include "sim/register_world.hpp"

namespace garage::sim {
namespace {

constexpr Duration kLifeLongest = 12s;
constexpr Duration kFinalLongest = 10s;

}  // namespace

void RegisterCounts::add(const RegisterCounts& other) {
  lives += other.lives;
  operations += other.operations;
  ok += other.ok;
  condition_false += other.condition_false;
  not_applied += other.not_applied;
  unknown += other.unknown;
  requests += other.requests;
  timeouts += other.timeouts;
  duplicates += other.duplicates;
  link_cuts += other.link_cuts;
  isolations += other.isolations;
  power_cuts += other.power_cuts;
  clock_jumps += other.clock_jumps;
  disk_refusals += other.disk_refusals;
  syncs_refused += other.syncs_refused;
  settled += other.settled;
  layouts_changed += other.layouts_changed;
  held_back += other.held_back;
  lost += other.lost;
}

std::string to_string(const RegisterCounts& c) {
  return fmt::format(
      "{} lives, {} operations: {} ok, {} condition false, {} not applied, {} unknown; {} requests, {} timed out, {} "
      "doubled; "
      "{} link cuts, {} isolations, {} power cuts, {} clock jumps, {} disk refusals; {} syncs refused, {} settled, {} "
      "layouts changed, {} nodes lost, {} installs held back",
      c.lives, c.operations, c.ok, c.condition_false, c.not_applied, c.unknown, c.requests, c.timeouts, c.duplicates,
      c.link_cuts, c.isolations, c.power_cuts, c.clock_jumps, c.disk_refusals, c.syncs_refused, c.settled,
      c.layouts_changed, c.lost, c.held_back);
}

RegisterLife live_register(uint64_t seed, const RegisterScenario& scenario) {
  RegisterWorld cluster(seed, scenario);
  World& world = cluster.world();
  RegisterClients clients(cluster);
  RegisterAccidents accidents(cluster);
  std::optional<RegisterLayoutChange> layout_change;
  world.run_for(1ms);  // all nodes boot

  clients.start();
  accidents.start();
  if (has_layout_change(scenario.shape)) layout_change.emplace(cluster).start();
  world.run_until([&clients] { return clients.all_done(); }, kLifeLongest);

  cluster.heal();
  world.run_for(500ms);  // what is under way ends or is as good as lost
  if (layout_change && !world.run_until([&] { return layout_change->done(); }, kFinalLongest)) {
    cluster.broken("the layout change does not end although all is healed");
  }
  clients.start_final_reads();
  world.run_until([&clients] { return clients.final_reads_done(); }, kFinalLongest);
  // Where one of two is gone nobody is sure of the other.
  if (!layout_change || layout_change->ends_with_all()) clients.check_final_reads();
  if (scenario.duties && !world.run_until([&] { return cluster.converged(); }, kFinalLongest)) {
    cluster.broken("replicas differ although all is healed");
  }
  cluster.check_stores();
  return cluster.take_life();
}

std::string describe(uint64_t seed, const RegisterLife& life) {
  std::string out = fmt::format("seed {}:", seed);
  if (life.linearizable == Linearizable::kNo) out += " not linearizable";
  if (life.linearizable == Linearizable::kUndecided) out += " undecided";
  for (const std::string& what : life.broken) out += "\n  " + what;
  for (const HistoryEntry& entry : life.history) out += "\n  " + to_string(entry);
  return out;
}

}  // namespace garage::sim
