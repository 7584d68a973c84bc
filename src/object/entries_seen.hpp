// Since when the collector has known an entry of its queue, by a clock that nobody sets. Two things hang on it: on one
// node, that whoever has just read a row has had time to pin its bytes; on several, that the replaced bytes are kept
// for as long as was promised, also where the clock of who replaced them was behind. And since when a version has been
// known to be dead there: from then on nobody can read its row any more.
//
// In memory: after a restart an entry is as good as new. Bounded: entries that find no room wait until others are done.
// Threads: the collector's loop. Private to this module.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/ids.hpp"
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
  // The version has been judged: nothing names it any more.
  void note_dead(const Uuid& version, MonotonicTime now) {
    if (dead_now_.size() < kEntriesMax) dead_now_.emplace(version, now);
  }
  // When that was, if it was in the round before.
  std::optional<MonotonicTime> dead_since(const Uuid& version) {
    const auto known = dead_before_.find(version);
    if (known == dead_before_.end()) return std::nullopt;
    note_dead(version, known->second);
    return known->second;
  }
  // What was not there any more is forgotten.
  void end_round() {
    before_.swap(now_);
    now_.clear();
    dead_before_.swap(dead_now_);
    dead_now_.clear();
  }

 private:
  std::unordered_map<uint64_t, MonotonicTime> before_, now_;  // by the hash of the key
  std::map<Uuid, MonotonicTime> dead_before_, dead_now_;
};

}  // namespace garage::object
