// Whatever a peer sends about digests, or as an envelope of requests or answers, is decoded or refused.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.hpp"
#include "table/digest_messages.hpp"
#include "table/envelope.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace garage::table;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto request = decode_digest_request(input)) {
    const std::string once = encode_digest_request(*request);
    ASSERT(encode_digest_request(*decode_digest_request(once)) == once, "round trip");
  }
  for (const DigestLevel level : {DigestLevel::kRoots, DigestLevel::kGrid, DigestLevel::kKeys}) {
    const DigestRequest asked{level, garage::kv::Family::kObject, {7}, 0, "b"};
    if (const auto answer = decode_digest_answer(asked, input)) {
      ASSERT(decode_digest_answer(asked, encode_digest_answer(*answer)).has_value(), "round trip");
    }
  }
  (void)open_requests(input);
  (void)open_replies(input, 3);
  return 0;
}
