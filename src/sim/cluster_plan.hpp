// What a whole-cluster life is made of, drawn from its seed: how many nodes, of which size and place, what is stored
// how often, who asks for what, and which trouble comes. Printable, so that a failing seed tells its world.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "layout/assignment.hpp"
#include "sim/faults.hpp"
#include "sim/links.hpp"
#include "sim/random.hpp"
#include "table/ablation.hpp"

namespace garage::sim {

// Planted bugs, by which the harness is tested. All off: the program as it is.
struct ClusterScenario {
  bool rows_only = false;                // no bug: of what must be true in the end, only that replicas are equal
  table::Ablation ablation;              // rules of the registers
  bool answers_before_sync = false;      // rows and blocks are synced after the answer
  bool condition_ignored = false;        // of a write
  bool one_replica_answers = false;      // reads ask no quorum
  bool some_bytes_swapped = false;       // a body read is not the one written
  bool replicas_never_compared = false;  // no digests, and no hints that outlive a node
};
// Switches one of them on by its name ("fence", "sync-before-answer", ...). False where there is none of that name.
bool plant_bug(std::string_view name, ClusterScenario& scenario);

struct ClusterPlan {
  NodeIndex nodes = 3;  // all, also those without a role at first
  uint32_t replication_factor = 3;
  std::vector<layout::Role> roles;  // of the first nodes; the others come later, if at all
  uint32_t spread = 4;
  uint64_t block_bytes = 8192;
  bool compresses = false;

  size_t clients = 4;
  size_t operations = 30;  // of each client
  size_t keys = 7;
  Duration think_longest = 1s;

  FaultOptions faults;
  Duration slow_disk_every = 0s;  // 0: never, as in AccidentOptions
  Duration full_disk_every = 0s;
  Duration layout_change_every = 0s;
  size_t layout_changes_max = 2;

  static ClusterPlan draw(SimRandom& random);
};
std::string to_string(const ClusterPlan& plan);

}  // namespace garage::sim
