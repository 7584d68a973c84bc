// What a node says about blocks, mangled: every decoder answers, and what it accepts it writes again and reads alike.
#include <cstdint>
#include <string>

#include "base/assert.hpp"
#include "block/peer_messages.hpp"
#include "block/queue_rows.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace garage;
  using namespace garage::block;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  if (const auto put = decode_put(Buffer(bytes))) {
    ASSERT(decode_put(Buffer(encode_put(*put))), "what was accepted is accepted again");
  }
  if (const auto refer = decode_refer(bytes)) {
    ASSERT(decode_refer(encode_refer(*refer)), "what was accepted is accepted again");
  }
  if (const auto drop = decode_drop(bytes)) {
    ASSERT(decode_drop(encode_drop(*drop)), "what was accepted is accepted again");
  }
  if (const auto read = decode_read(bytes)) {
    ASSERT(decode_read(encode_read(*read)), "what was accepted is accepted again");
  }
  (void)decode_hashes(bytes);
  (void)decode_bytes({}, Buffer(bytes));
  (void)decode_lease(lease_key({}), bytes);
  (void)decode_fetch(fetch_key({}), bytes);
  (void)decode_hint(hint_key({}, {}, 0), bytes);
  return 0;
}
