// The cluster of one register history: nodes that come and go, their stores, what was asked of them, and what went
// wrong.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kv/memory_store.hpp"
#include "sim/register_history.hpp"
#include "sim/register_node.hpp"
#include "sim/world.hpp"

namespace garage::sim {

// Behind a bucket and a shard, as row keys are.
inline const std::string kRegisterKey = std::string(34, 's') + "the one key";

struct RegisterSlot {
  kv::MemoryStore store;
  SimPlacement placement;
  uint64_t stage_announced = 1;
  bool knows_of_loss = false;      // that the node which dies for good was revoked
  bool gone = false;               // it is that one
  RegisterNode* server = nullptr;  // of the current life; nullptr while the node is down
};

class RegisterWorld {
 public:
  RegisterWorld(uint64_t seed, const RegisterScenario& scenario);

  World& world() { return *world_; }
  SimRandom& random() { return random_; }
  const RegisterScenario& scenario() const { return scenario_; }
  RegisterCounts& counts() { return counts_; }
  NodeIndex node_count() const { return static_cast<NodeIndex>(slots_.size()); }
  RegisterSlot& slot(NodeIndex index) { return *slots_[index]; }
  // Runs on that node's loop, unless it dies first.
  void spawn_on(NodeIndex index, Task<void> task) { world_->node(index).spawn(std::move(task)); }
  bool is_up(NodeIndex index) { return slots_[index]->server != nullptr; }
  std::optional<NodeIndex> any_node_up();

  void power_cut(NodeIndex index);
  void restart(NodeIndex index);
  // It never comes back.
  void lose(NodeIndex index);
  // No faults from here on.
  void heal();
  bool healed() const { return healed_; }

  std::deque<HistoryEntry>& history() { return history_; }
  void broken(std::string what) { broken_.push_back(std::move(what)); }
  // Do all replicas hold the same row?
  bool converged();
  // Looks at every store: a row has its body, and no other body is left.
  void check_stores();
  RegisterLife take_life();

 private:
  void boot(NodeIndex index);
  void check_store(NodeIndex index);

  const RegisterScenario scenario_;
  SimRandom random_;
  RegisterCounts counts_;
  RegisterTraffic traffic_;
  std::deque<HistoryEntry> history_;  // stable addresses
  std::vector<std::string> broken_;
  std::vector<std::unique_ptr<RegisterSlot>> slots_;
  bool healed_ = false;
  std::unique_ptr<World> world_;  // last: what its nodes borrow is above
};

NodeIndex nodes_of(RegisterShape shape);
bool has_layout_change(RegisterShape shape);
uint64_t variants_of(RegisterShape shape);
// Who dies for good, of kLossOfTwo.
NodeIndex lost_node_of(uint64_t variant);
// The sets of a shape at a stage (1..4; only layout changes have more than one), as a node sees them that knows, or
// does not know, who was revoked.
table::ReplicaSets sets_of(RegisterShape shape, uint64_t stage, uint64_t variant, bool knows_of_loss = false);

}  // namespace garage::sim
