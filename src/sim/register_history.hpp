// Randomised lives of one register: several clients write, delete, create, replace and read one key through several
// nodes, while messages are late, lost and doubled, links are cut, nodes lose power, disks refuse and clocks jump. Then
// the history is checked.
//
// The code under test is the real one (table, kv); only what is below it is simulated.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/linearizability.hpp"
#include "table/ablation.hpp"
#include "table/wire_peers.hpp"

namespace garage::sim {

enum class RegisterShape : unsigned char {
  kThree,         // three replicas
  kTwo,           // two: both are needed
  kFive,          // five
  kOneOfThree,    // three nodes, one of which keeps the row: the local path and gateways at once
  kAlone,         // one node: the local path
  kLayoutChange,  // five nodes; the row moves from three of them to other three
  kLossOfTwo,     // the row is on two of four nodes and moves; one of those involved dies for good, and is revoked
};

struct RegisterScenario {
  RegisterShape shape = RegisterShape::kThree;
  size_t lineage_max = 4;   // short, so that it is truncated
  bool far_clocks = false;  // some clocks jump by an hour, until all is healed; nodes go by their own
  bool duties = false;      // hints and synchronisation by digests, besides; afterwards all replicas must be equal
  table::WireOptions wire;  // how much may wait for a node

  // Planted bugs.
  table::Ablation ablation;
  bool answers_before_sync = false;  // a power cut takes back what was answered
  bool sync_ignores_fence = false;   // anti-entropy puts rows without asking
  bool stage_ignored = false;        // replicas accept requests of every stage
  // With `duties`: what is left out of them.
  bool no_hints = false;
  bool no_sync = false;
  bool handover_skipped = false;  // a layout change does not settle the row on both sets
};

// What happened, summed over lives: a test checks that its faults and operations really occurred.
struct RegisterCounts {
  uint64_t lives = 0;
  uint64_t operations = 0, ok = 0, condition_false = 0, not_applied = 0, unknown = 0;
  uint64_t requests = 0, timeouts = 0, duplicates = 0;
  uint64_t link_cuts = 0, isolations = 0, power_cuts = 0, clock_jumps = 0, disk_refusals = 0;
  uint64_t syncs_refused = 0, settled = 0, layouts_changed = 0, lost = 0, held_back = 0;

  void add(const RegisterCounts& other);
};
std::string to_string(const RegisterCounts& counts);

struct RegisterLife {
  std::vector<HistoryEntry> history;
  Linearizable linearizable = Linearizable::kYes;
  // Other promises that were broken, in words: a final read that fails although everything is healed, a row without its
  // body.
  std::vector<std::string> broken;
  RegisterCounts counts;
  uint64_t final_number = 0;  // equal for two runs of one seed

  bool good() const { return linearizable == Linearizable::kYes && broken.empty(); }
};

RegisterLife live_register(uint64_t seed, const RegisterScenario& scenario);
// The history and what is wrong with it.
std::string describe(uint64_t seed, const RegisterLife& life);

}  // namespace garage::sim
