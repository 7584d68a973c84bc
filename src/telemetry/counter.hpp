// A number that only grows. Adding costs one uncontended atomic addition.
//
// Ownership: the Registry; keep the reference, which stays valid as long as the registry. Threads: any.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "telemetry/shard.hpp"

namespace garage::telemetry {

class Counter {
 public:
  Counter() = default;
  Counter(const Counter&) = delete;

  void add(uint64_t amount = 1) { cells_[own_shard()].value.fetch_add(amount, std::memory_order_relaxed); }
  uint64_t value() const {
    uint64_t sum = 0;
    for (const Cell& cell : cells_) sum += cell.value.load(std::memory_order_relaxed);
    return sum;
  }

 private:
  struct alignas(64) Cell {
    std::atomic<uint64_t> value{0};
  };
  std::array<Cell, kShards> cells_;
};

}  // namespace garage::telemetry
