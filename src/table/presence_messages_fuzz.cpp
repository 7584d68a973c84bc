// Whatever a peer asks or answers about the rows that a node has is decoded or refused.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.hpp"
#include "table/presence_messages.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace garage::table;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto request = decode_presence_request(input)) {
    const std::string once = encode_presence_request(*request);
    ASSERT(encode_presence_request(*decode_presence_request(once)) == once, "round trip");
  }
  const PresenceRequest asked{garage::kv::Family::kObject, 3, {{"a", {1, 1}}, {"b", {2, 1}}}};
  if (const auto answer = decode_presence_answer(asked, input)) {
    ASSERT(decode_presence_answer(asked, encode_presence_answer(*answer)) == *answer, "round trip");
  }
  return 0;
}
