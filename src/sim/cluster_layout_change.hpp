// A change of the layout of a simulated cluster, drawn at random: a node comes, a node goes, one changes its size or
// its place.
#pragma once

#include "sim/cluster_world.hpp"

namespace garage::sim {

// On the loop of node `via`.
Task<void> change_cluster_layout(ClusterWorld* cluster, NodeIndex via, uint64_t seed);

}  // namespace garage::sim
