// What happens to a register history besides its clients: accidents, anti-entropy between replicas, and the steps of a
// layout change.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/register_world.hpp"

namespace garage::sim {

class RegisterAccidents {
 public:
  explicit RegisterAccidents(RegisterWorld& cluster);
  // Each goes on until the cluster is healed.
  void start();

 private:
  Task<void> bring_accidents(Duration until);
  void one_accident();
  void cut_a_link();
  void isolate_a_node();
  void cut_power();
  void jump_a_clock();
  void refuse_on_disk();
  void later(Duration delay, runtime::Job job);

  Task<void> sync_replicas();
  void sync_one();
  static Task<void> push(RegisterWorld* cluster, RegisterNode* from, NodeIndex to);
  Task<void> sync_stores();

  RegisterWorld& cluster_;
};

// Walks the cluster from the first replica set to the second, stage by stage. With kLossOfTwo a node dies for good on
// the way, and those who hear that it was revoked do not wait for it.
class RegisterLayoutChange {
 public:
  explicit RegisterLayoutChange(RegisterWorld& cluster);
  void start();
  bool done() const { return done_; }
  // Are all nodes of the second set there?
  bool ends_with_all();

 private:
  Task<void> run();
  Task<void> lose_one();
  void advance_one();
  void settle_if_due();
  // Of all that are waited for by a node that knows, or does not know, of the loss.
  uint64_t lowest_announced(bool knows_of_loss);
  static Task<void> announce(RegisterWorld* cluster, RegisterNode* server, NodeIndex index, uint64_t stage);
  static Task<void> hand_over(RegisterLayoutChange* self, RegisterNode* server, table::HandOverBy by);

  RegisterWorld& cluster_;
  const uint64_t variant_;
  const bool by_a_look_;
  bool handed_over_ = false;
  bool done_ = false;
};

}  // namespace garage::sim
