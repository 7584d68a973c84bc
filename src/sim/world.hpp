// The simulated world: virtual time, nodes with their disks and clocks, and what connects them, all on one thread,
// decided by one seed.
//
//   World world(seed, faults);
//   SimNode& node = world.add_node(boot);
//   world.run_for(10s);
//   auto answer = world.run(client(world, "hello"));      // nothing if it did not finish in time
//
// Two worlds with the same seed and the same calls live the same life: compare final_number() and trace_hash().
// At its end the world frees everything, dead nodes included, without running any of their code but destructors
// (loop.hpp).
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "runtime/task_group.hpp"
#include "sim/bus.hpp"
#include "sim/faults.hpp"
#include "sim/network.hpp"
#include "sim/node.hpp"
#include "sim/scheduler.hpp"

namespace garage::sim {

class World {
 public:
  explicit World(uint64_t seed, FaultOptions faults = {});
  ~World();
  World(const World&) = delete;

  // Boots the node as soon as time passes. `boot` may be empty.
  SimNode& add_node(SimNode::Boot boot = {});
  SimNode& node(NodeIndex index) { return *nodes_[index]; }
  NodeIndex node_count() const { return static_cast<NodeIndex>(nodes_.size()); }

  Duration now() const { return scheduler_.now(); }
  void run_for(Duration how_long);
  // True as soon as the condition holds (looked at after every event), false if it does not within `limit`.
  bool run_until(const std::function<bool()>& condition, Duration limit);
  // Runs a task of the test itself, outside of all nodes, to its end; nothing if that takes longer than `limit` (it
  // goes on in later runs).
  template <class T>
  std::optional<T> run(Task<T> task, Duration limit = std::chrono::hours(1)) {
    auto out = std::make_shared<std::optional<T>>();
    spawn(store(std::move(task), out));
    run_until([&out] { return out->has_value(); }, limit);
    return std::move(*out);
  }
  // Starts a task of the test itself.
  void spawn(Task<void> task);

  SimLoop& loop() { return outside_; }
  Scheduler& scheduler() { return scheduler_; }
  Links& links() { return links_; }
  Bus& bus() { return bus_; }
  SimNetwork& network() { return network_; }
  SimRandom& random() { return random_; }
  const FaultOptions& faults() const { return faults_; }

  // Draws once more. Equal for two runs only if they drew alike until here.
  uint64_t final_number() { return random_.next() ^ scheduler_.trace_hash(); }
  uint64_t trace_hash() const { return scheduler_.trace_hash(); }

 private:
  template <class T>
  static Task<void> store(Task<T> task, std::shared_ptr<std::optional<T>> out) {
    out->emplace(co_await std::move(task));
  }

  FaultOptions faults_;
  SimRandom random_;
  Scheduler scheduler_;
  Links links_;
  Bus bus_;
  SimNetwork network_;
  SimClock outside_clock_;
  SimLoop outside_;
  runtime::TaskGroup outside_tasks_;
  std::deque<std::unique_ptr<SimNode>> nodes_;
};

}  // namespace garage::sim
