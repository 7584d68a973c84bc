// Which of some rows a node has, with all that belongs beside them: asked by who is about to let go of its own, and
// answered in a few bytes. The bytes are in docs/formats/rows.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "kv/store.hpp"
#include "table/digest_messages.hpp"

namespace garage::table {

struct PresenceRequest {
  kv::Family family = kv::Family::kObject;
  uint64_t stage = 0;  // of who asks
  std::vector<VersionedKey> rows;
};

// What a node has of a row. Once it has said so it is on its device.
enum class Presence : unsigned char {
  kUnsaid = 0,   // it is at another stage of the layout, or cannot read what it has
  kNothing = 1,  // no row, or an older one
  kRow = 2,      // this very row, but not all that belongs beside it
  kAll = 3,
  kNewer = 4,
};

inline constexpr size_t kPresenceRowsMax = 256;  // in one question

std::string encode_presence_request(const PresenceRequest& request);
Result<PresenceRequest> decode_presence_request(std::string_view encoded);
std::string encode_presence_answer(const std::vector<Presence>& answer);
// Of the first rows of the question, in its order, and at least of one: the others are to be asked again.
Result<std::vector<Presence>> decode_presence_answer(const PresenceRequest& request, std::string_view encoded);

}  // namespace garage::table
