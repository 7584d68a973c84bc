// Whatever a peer sends as a question or as an answer about a bucket that is being deleted is decoded or refused.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.hpp"
#include "object/closing_messages.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace garage::object;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  CloseRequest asked;
  asked.bucket.bytes.fill(7);
  asked.shards = {0, 3};
  if (auto request = decode_close_request(bytes)) {
    ASSERT(decode_close_request(encode_close_request(*request)).has_value(), "round trip");
    asked = *request;
  }
  if (auto answer = decode_close_answer(asked, bytes)) {
    ASSERT(answer->living.size() <= kLivingRowsMax, "bounded");
    ASSERT(decode_close_answer(asked, encode_close_answer(*answer)).has_value(), "round trip");
  }
  return 0;
}
