// The clients of a register history: each does one operation after another through some node, and writes down what it
// was told.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/register_world.hpp"

namespace garage::sim {

class RegisterClients {
 public:
  explicit RegisterClients(RegisterWorld& cluster);

  void start();
  bool all_done() const { return running_ == 0; }
  // When everything is healed: a read through every node must succeed. Part of the history.
  void start_final_reads();
  bool final_reads_done() const;
  void check_final_reads();

 private:
  Task<void> run(size_t client, uint64_t operations);
  Task<void> one_operation(size_t client);
  HistoryEntry draw_operation(size_t client);
  uint64_t recently_read() const;

  RegisterWorld& cluster_;
  uint64_t plain_weight_;  // of plain puts, in percent
  Duration think_longest_;
  std::vector<uint64_t> last_seen_;  // by client: the value it knows of; 0 none
  uint64_t last_value_ = 0;
  size_t running_ = 0;
  std::vector<HistoryEntry*> final_reads_;
};

}  // namespace garage::sim
