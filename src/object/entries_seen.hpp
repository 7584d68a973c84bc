// Since when the collector has known an entry of its queue, by a clock that nobody sets. Two things hang on it: on one
// node, that whoever has just read a row has had time to pin its bytes; on several, that these have kept the replaced
// bytes for as long as was promised, also where the clock of who replaced them was behind.
//
// In memory: after a restart an entry is as good as new. Bounded: entries that find no room wait until others are done.
// Threads: the collector's loop. Private to this module.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/time.hpp"
#include "crypto/xxhash.hpp"

namespace garage::object {

class EntriesSeen {
 public:
  static constexpr size_t kEntriesMax = 500'000;

  // The entry is there in this round. Returns when it was first seen; nothing where it was not in the round before.
  std::optional<MonotonicTime> see(std::string_view key, MonotonicTime now) {
    const uint64_t hash = crypto::xxh3_64(key);
    const auto known = before_.find(hash);
    if (now_.size() < kEntriesMax) now_.emplace(hash, known == before_.end() ? now : known->second);
    return known == before_.end() ? std::nullopt : std::optional(known->second);
  }
  // What was not there any more is forgotten.
  void end_round() {
    before_.swap(now_);
    now_.clear();
  }

 private:
  std::unordered_map<uint64_t, MonotonicTime> before_, now_;  // by the hash of the key
};

}  // namespace garage::object
