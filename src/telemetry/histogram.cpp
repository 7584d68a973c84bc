#include "telemetry/histogram.hpp"

#include <algorithm>

namespace garage::telemetry {

void Histogram::record(Duration took) {
  const int64_t ns = std::max<int64_t>(took.count(), 0);
  const int64_t micros = (ns + 999) / 1000;
  // A value that is equal to a bound belongs under it.
  const auto bucket = static_cast<size_t>(std::ranges::lower_bound(kBoundsMicros, micros) - kBoundsMicros.begin());
  Cell& cell = cells_[own_shard()];
  cell.counts[bucket].fetch_add(1, std::memory_order_relaxed);
  cell.sum_ns.fetch_add(static_cast<uint64_t>(ns), std::memory_order_relaxed);
}

Histogram::Values Histogram::values() const {
  Values out;
  for (const Cell& cell : cells_) {
    for (size_t i = 0; i < kBuckets; ++i) out.counts[i] += cell.counts[i].load(std::memory_order_relaxed);
    out.sum_secs += static_cast<double>(cell.sum_ns.load(std::memory_order_relaxed)) / 1e9;
  }
  return out;
}

}  // namespace garage::telemetry
