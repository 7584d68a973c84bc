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

inline constexpr std::array<int64_t, 33> kBoundsMicros{
    1'000,      1'500,      2'000,      3'000,      5'000,      7'000,      10'000,     15'000,     20'000,
    30'000,     50'000,     70'000,     100'000,    150'000,    200'000,    300'000,    500'000,    700'000,
    1'000'000,  1'500'000,  2'000'000,  3'000'000,  5'000'000,  7'000'000,  10'000'000, 15'000'000, 20'000'000,
    30'000'000, 40'000'000, 50'000'000, 60'000'000, 70'000'000, 100'000'000};
inline constexpr size_t kBuckets = kBoundsMicros.size() + 1;  // the last one is for what took longer

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
