// Durable work left behind by a change of an object or upload row, in the same batch: rows of the queue family, done by
// the collector.
//
//   'd' + uuid of the bytes' write       a version is not current any more: drop its bytes      value: DropEntry
//   't' + row key                        a tombstone may be forgotten after its horizon         value: TombEntry
//   'u' + row key of an upload           an upload was completed or aborted: drop what it left  value: UploadEntry
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/ord.hpp"
#include "base/result.hpp"

namespace garage::object {

inline constexpr char kDropQueue = 'd';
inline constexpr char kTombQueue = 't';
inline constexpr char kUploadQueue = 'u';

struct DropEntry {
  std::string row_key;       // of the object row that named it
  Uuid uuid;                 // of the write that brought the bytes
  Ord ord;                   // its ord: an upper bound of its lease on a set of one
  std::string version;       // encoded ObjectVersion
  uint64_t replaced_ms = 0;  // when, by the clock of who replaced it
};
std::string drop_entry_key(const Uuid& uuid);
std::string encode_drop_entry(std::string_view key, const DropEntry& entry);
Result<DropEntry> decode_drop_entry(std::string_view key, std::string_view encoded);

struct TombEntry {
  Ord ord;  // of the tombstone; a newer row is left alone
  uint64_t deleted_ms = 0;
};
std::string tomb_entry_key(std::string_view row_key);
std::string encode_tomb_entry(std::string_view key, const TombEntry& entry);
Result<TombEntry> decode_tomb_entry(std::string_view key, std::string_view encoded);

struct UploadEntry {
  bool completed = false;  // else aborted
  uint64_t ended_ms = 0;
  std::vector<Uuid> kept_attempts;  // of a completed one: the parts that became the object
  std::string final_upload;         // of a completed one: the encoded Upload to keep in mind for a while
  bool by_row = false;              // which parts were kept is asked of the object's row
};
std::string upload_entry_key(std::string_view upload_row_key);
std::string encode_upload_entry(std::string_view key, const UploadEntry& entry);
Result<UploadEntry> decode_upload_entry(std::string_view key, std::string_view encoded);

}  // namespace garage::object
