// Whatever a peer sends as a question or as an answer about rows in order is decoded or refused.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.hpp"
#include "table/range_messages.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace garage::table;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (auto request = decode_range_request(bytes)) {
    ASSERT(decode_range_request(encode_range_request(*request)).has_value(), "round trip");
  }
  RangeRequest asked;
  asked.delimiter = "/";
  asked.sections = {{1, {"s0", "s1"}, 10}, {1, {"s2"}, 3}};
  if (auto answer = decode_range_answer(asked, bytes)) {
    ASSERT(decode_range_answer(asked, encode_range_answer(*answer)).has_value(), "round trip");
  }
  return 0;
}
