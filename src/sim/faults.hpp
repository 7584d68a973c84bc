// What can go wrong in the simulated world, as plain structs. Everything defaults to a calm world with small delays; a
// run that wants trouble sets fields by hand or takes FaultOptions::draw(random), which mixes calm and rough values per
// seed.
//
// Probabilities are per event named by the field, from 0 to 1. to_string() prints every field, so that a failing seed
// tells its world.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.hpp"

namespace garage::sim {

class SimRandom;

struct PoolDelays {
  Duration shortest = 5us;
  Duration longest = 200us;
  double stall_probability = 0;  // a job that takes up to this much longer
  Duration stall_longest = 0s;
};

struct NetworkFaults {
  Duration delay_shortest = 100us;  // one way, between two nodes
  Duration delay_longest = 2ms;
  double slow_probability = 0;  // a message or segment that is late by up to this much
  Duration slow_longest = 0s;
  // Bus messages only; streams repair loss and order by themselves.
  double message_loss_probability = 0;
  double message_duplication_probability = 0;
  // Streams only.
  double segment_reset_probability = 0;    // the connection is lost
  double connect_failure_probability = 0;  // refused though somebody listens
  double short_read_probability = 0;       // a read returns less than there is
  uint64_t bandwidth_bytes_per_s = 0;      // of one direction of one connection; 0 is unlimited
  uint64_t window_bytes = 256u << 10;      // sent and not yet read; then the writer waits
  Duration stall_longest = 60s;            // undelivered for longer: the sender's connection is lost
};

struct DiskFaults {
  uint64_t capacity_bytes = 1ull << 40;
  double read_error_probability = 0;         // kIo
  double write_error_probability = 0;        // kIo; a part of the bytes may have been written
  double no_space_probability = 0;           // kNoSpace though there is space
  double sync_error_probability = 0;         // kIo; what was to be synced may be lost even if a later sync succeeds
  double lost_write_probability = 0;         // answered ok, never written
  double misdirected_write_probability = 0;  // answered ok, written elsewhere in the same file
  double read_flip_probability = 0;          // one bit of the bytes read is wrong, this once
  double cached_read_probability = 0.5;      // read_at_cached() has the answer
  uint64_t writeback_bytes = 64u << 20;      // more unsynced bytes than this: the oldest become durable by themselves
};

struct ClockFaults {
  Duration wall_offset_max = 0s;  // each node's clock is off by up to this, either way
  uint64_t drift_ppm_max = 0;
  Duration jump_every = 0s;  // on average over all nodes; 0 never
  Duration jump_max = 0s;
};

// Accidents that a Storm (storm.hpp) brings about; a scenario may do so itself. An interval of 0 means never.
struct AccidentOptions {
  Duration kill_every = 0s;  // on average over all nodes
  Duration power_cut_every = 0s;
  Duration down_longest = 10s;  // until the node is started again
  size_t down_nodes_max = 1;    // at the same time
  Duration pause_every = 0s;
  Duration pause_longest = 2s;
  Duration partition_every = 0s;
  Duration partition_longest = 10s;
  double one_way_probability = 0.3;  // of a partition
  double all_power_probability = 0;  // of a power cut: every node at once
};

struct FaultOptions {
  PoolDelays disk_pool{};
  PoolDelays compute_pool{.longest = 50us};
  Duration post_delay_longest = 1us;
  double slow_disk_probability = 0;  // of a node
  uint64_t slow_disk_factor = 100;
  NetworkFaults network{};
  DiskFaults disk{};
  ClockFaults clock{};
  AccidentOptions accidents{};

  // A mix: each kind of trouble is off in about a third of the draws, mild in most others, wild in some. Lying hardware
  // (lost, misdirected, flipped, failing) stays off: it breaks promises by itself, so scenarios about it switch it on.
  static FaultOptions draw(SimRandom& random);
};

std::string to_string(const FaultOptions& options);

}  // namespace garage::sim
