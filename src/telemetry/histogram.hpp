// How long things took: counts by upper bound, and their sum. The bounds are those of the reference, for all
// histograms.
//
// Ownership: the Registry; keep the reference. Threads: any. Recording costs a search among 33 bounds and two
// uncontended atomic additions.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "base/time.hpp"
#include "telemetry/shard.hpp"

namespace garage::telemetry {

inline constexpr std::array<double, 33> kBoundsSecs{
    0.001, 0.0015, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5,
    0.7,   1,      1.5,   2,     3,     5,     7,    10,    15,   20,   30,   40,   50,  60,   70,  100};
inline constexpr size_t kBuckets = kBoundsSecs.size() + 1;  // the last one is for what took longer

class Histogram {
 public:
  Histogram() = default;
  Histogram(const Histogram&) = delete;

  void record(Duration took);

  struct Values {
    std::array<uint64_t, kBuckets> counts{};  // not cumulated
    double sum_secs = 0;
  };
  Values values() const;

 private:
  struct alignas(64) Cell {
    std::atomic<uint64_t> sum_ns{0};
    std::array<std::atomic<uint64_t>, kBuckets> counts{};
  };
  std::array<Cell, kShards> cells_;
};

}  // namespace garage::telemetry
