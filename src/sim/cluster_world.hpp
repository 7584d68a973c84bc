// A cluster of whole nodes in the simulated world: the wiring of the program (daemon::build_node) over simulated disks,
// clocks and networks, and a database in memory that loses what was not synced.
//
//   ClusterWorld cluster(seed, scenario);
//   if (!cluster.form()) ...           all nodes know each other, a layout is in force, a bucket is there
//   cluster.power_cut(2); ... cluster.restart(2);
//   cluster.heal();                    everybody is up again, and nothing fails from here on
//
// Ownership: owns the world and what survives its nodes. Threads: one.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "daemon/node.hpp"
#include "kv/memory_store.hpp"
#include "sim/cluster_bodies.hpp"
#include "sim/cluster_history.hpp"
#include "sim/cluster_plan.hpp"
#include "sim/world.hpp"

namespace garage::sim {

struct ClusterMember {
  std::shared_ptr<kv::MemoryStore> store = std::make_shared<kv::MemoryStore>();
  SimNode* machine = nullptr;
  daemon::Node* node = nullptr;  // nullptr: down, or on its way up
  NodeId id;                     // from the first start on
};

class ClusterWorld {
 public:
  ClusterWorld(uint64_t seed, const ClusterScenario& scenario);
  ~ClusterWorld();

  // False: no cluster came of it although nothing was broken; the history says why.
  bool form();

  World& world() { return *world_; }
  SimRandom& random() { return random_; }
  const ClusterPlan& plan() const { return plan_; }
  const ClusterScenario& scenario() const { return scenario_; }
  ClusterHistory& history() { return *history_; }
  ClusterBodies& bodies() { return bodies_; }
  ClusterCounts& counts() { return counts_; }
  const object::BucketRef& bucket() const { return bucket_; }

  NodeIndex node_count() const { return static_cast<NodeIndex>(members_.size()); }
  ClusterMember& member(NodeIndex index) { return members_[index]; }
  bool is_up(NodeIndex index) const { return members_[index].node != nullptr; }
  std::optional<NodeIndex> any_node_up();
  // Which member has this id.
  std::optional<NodeIndex> index_of(const NodeId& id) const;

  // What it is started with.
  daemon::NodeParts parts_of(NodeIndex index);
  void kill(NodeIndex index);
  void power_cut(NodeIndex index);
  void restart(NodeIndex index);
  void heal();
  bool all_up() const;

  // On that node's loop. Nothing: it takes too long, or the node died.
  template <class T>
  std::optional<T> run_on(NodeIndex index, Task<T> task, Duration limit = 120s) {
    auto out = std::make_shared<std::optional<T>>();
    member(index).machine->spawn(store_into(std::move(task), out));
    world_->run_until([&out] { return out->has_value(); }, limit);
    return std::move(*out);
  }

 private:
  template <class T>
  static Task<void> store_into(Task<T> task, std::shared_ptr<std::optional<T>> out) {
    out->emplace(co_await std::move(task));
  }
  void boot(NodeIndex index);
  bool connect_all();
  bool apply_first_layout();
  bool make_bucket();

  const ClusterScenario scenario_;
  SimRandom random_;
  ClusterPlan plan_;
  ClusterCounts counts_;
  ClusterBodies bodies_;
  object::BucketRef bucket_;
  std::deque<ClusterMember> members_;
  std::unique_ptr<World> world_;
  std::unique_ptr<ClusterHistory> history_;
};

}  // namespace garage::sim
