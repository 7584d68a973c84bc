// The life of one simulated cluster: whole nodes under a storm, then calm, then a look at everything.
//
//   const ClusterLife life = live_cluster(seed, {});
//   if (!life.good()) puts(describe(seed, life).c_str());
//
// What is checked: every key behaves as one register towards reads, listings, writes, conditions, copies and uploads;
// bytes are those written; once all is mended, everybody answers; some time later all replicas are equal, every block
// is where it belongs, nothing is left over, and nodes count what is there.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/cluster_history.hpp"
#include "sim/cluster_plan.hpp"

namespace garage::sim {

struct ClusterLife {
  std::vector<std::string> problems;
  std::vector<std::string> trace;  // what happened, and the histories of bad keys
  std::string plan;
  ClusterCounts counts;
  Duration lived{0};  // in the world
  uint64_t events = 0;
  uint64_t final_number = 0;  // equal for two runs of one seed

  bool good() const { return problems.empty(); }
};

ClusterLife live_cluster(uint64_t seed, const ClusterScenario& scenario);
std::string describe(uint64_t seed, const ClusterLife& life);

}  // namespace garage::sim
