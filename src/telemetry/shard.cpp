#include "telemetry/shard.hpp"

#include <atomic>

namespace garage::telemetry {

size_t next_shard() {
  static std::atomic<size_t> given{0};
  return given.fetch_add(1, std::memory_order_relaxed) % kShards;
}

}  // namespace garage::telemetry
