// Any bytes from a peer: what is accepted as a request or a reply is written as one that is accepted again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.hpp"
#include "table/messages.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace garage::table;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto request = decode_request(input)) {
    const std::string once = encode_request(*request);
    ASSERT(encode_request(*decode_request(once)) == once, "round trip");
  }
  if (const auto reply = decode_reply("key", input)) {
    const std::string once = encode_reply("key", *reply);
    ASSERT(encode_reply("key", *decode_reply("key", once)) == once, "round trip");
  }
  return 0;
}
