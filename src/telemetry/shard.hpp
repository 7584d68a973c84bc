// Which of the shards of a counter the calling thread adds to. Threads are spread over the shards as they come, so that
// loops seldom share a cache line.
#pragma once

#include <cstddef>

namespace garage::telemetry {

inline constexpr size_t kShards = 8;

size_t next_shard();  // one after another

inline size_t own_shard() {
  static thread_local const size_t shard = next_shard();
  return shard;
}

}  // namespace garage::telemetry
