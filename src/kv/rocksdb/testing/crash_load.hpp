// The load that crash tests put on the real engine, and what must be there afterwards. Test code.
//
// Change n writes two rows in two families and the counter, as one batch. Over 64 slots, so that rows are replaced and
// compacted; with bodies of up to 30 KB, so that logs are changed and tables written all the time.
#pragma once

#include <cstdint>
#include <string>

#include "kv/rocksdb/rocks_store.hpp"

namespace garage::kv::crash_load {

inline constexpr uint64_t kSlots = 64;

inline RocksOptions small_options(std::string directory) {
  RocksOptions options;
  options.directory = std::move(directory);
  options.memtable_bytes = 2u << 20;
  options.log_bytes_max = 2u << 20;
  return options;
}

inline std::string body(uint64_t n) {
  return std::to_string(n) + std::string(n * 7919 % 30000, 'x');
}

inline Batch change(uint64_t n) {
  Batch batch;
  const std::string slot = std::to_string(n % kSlots);
  batch.put(Family::kObject, slot, std::to_string(n));
  batch.put(Family::kInline, slot, body(n));
  batch.put(Family::kMeta, "n", std::to_string(n));
  return batch;
}

// 0 before the first.
inline Result<uint64_t> last_change(Store& store) {
  TRY(const auto row, store.get(Family::kMeta, "n"));
  return row ? std::stoull(*row) : 0;
}

// Is the state exactly that after changes 1..n?
inline Result<void> check_state(Store& store, uint64_t n) {
  for (uint64_t k = n > kSlots ? n - kSlots + 1 : 1; k <= n; ++k) {
    const std::string slot = std::to_string(k % kSlots);
    TRY(const auto head, store.get(Family::kObject, slot));
    TRY(const auto inline_body, store.get(Family::kInline, slot));
    if (head != std::to_string(k) || inline_body != body(k)) {
      return fail(ErrorKind::kCorrupt, "change " + std::to_string(k) + " of " + std::to_string(n) + " is not there");
    }
  }
  return {};
}

}  // namespace garage::kv::crash_load
