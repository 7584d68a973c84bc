// The clients of a simulated cluster: each asks one thing after another of any node that is up, of a few keys that all
// of them use.
//
// Ownership: borrows the cluster, and lives as long as its world. Threads: one.
#pragma once

#include "sim/cluster_operations.hpp"
#include "sim/cluster_world.hpp"

namespace garage::sim {

class ClusterClients {
 public:
  explicit ClusterClients(ClusterWorld& cluster)
      : cluster_(cluster), random_(cluster.random().fork()), keys_(cluster_keys(cluster.plan().keys)) {}

  void start();
  bool done() const { return running_ == 0; }
  // Everything is read through every node, which must succeed. Afterwards done() says when that is over.
  void start_final_reads();

 private:
  Task<void> run(size_t operations);
  Task<NodeIndex> think();
  Task<void> ask(NodeIndex via, ClusterRequest request);
  Task<void> complete_again(ClusterRequest request);
  Task<void> read_all(NodeIndex via);
  ClusterRequest draw();
  void draw_write(ClusterRequest& request, bool brings_body);

  ClusterWorld& cluster_;
  SimRandom random_;
  const std::vector<std::string> keys_;
  size_t running_ = 0;
};

}  // namespace garage::sim
