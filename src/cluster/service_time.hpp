// How long a node takes to answer: what the order of those asked is made of.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/time.hpp"

namespace garage::cluster {

// Threads: any. Two that note at once may lose one of the two samples.
class ServiceTime {
 public:
  void served(Duration sample) {
    const int64_t old = nanoseconds_.load(std::memory_order_relaxed);
    nanoseconds_.store(old == 0 ? sample.count() : (old * 4 + sample.count()) / 5, std::memory_order_relaxed);
  }
  // Smoothed; zero before the first.
  Duration smoothed() const { return Duration(nanoseconds_.load(std::memory_order_relaxed)); }

 private:
  std::atomic<int64_t> nanoseconds_{0};
};

}  // namespace garage::cluster
