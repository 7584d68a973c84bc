// Any bytes, as frames, as HELLO, as a certificate, as the payloads of requests and errors: nothing crashes, and what
// is accepted is what would be written.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.hpp"
#include "net/certificate.hpp"
#include "net/frame.hpp"
#include "net/hello.hpp"
#include "net/message.hpp"

namespace {

using namespace garage;
using namespace garage::net;

void as_frames(std::string_view input) {
  std::string_view rest = input;
  for (;;) {
    const std::string_view before = rest;
    const auto frame = take_frame(rest);
    if (!frame) return;
    const auto wanted = frame_bytes_wanted(before);
    ASSERT(wanted, "a frame that may still come has a size");
    if (!*frame) {
      ASSERT(before.size() < *wanted && rest == before, "an incomplete frame is left alone");
      return;
    }
    const size_t size = before.size() - rest.size();
    ASSERT(size == *wanted, "the size is foretold");
    ASSERT(encode_frame((*frame)->head, (*frame)->payload) == before.substr(0, size), "one frame has one encoding");
  }
}

// The input as what a proven peer says: everything behind a right proof.
void as_hello(std::string_view input) {
  static const HelloSession session{.dialler = *NodeId::from_raw(std::string(32, 'd')), .acceptor = {}};
  static const Secret secret("secret");
  ASSERT(!decode_hello(input, Sender::kDialler, session, secret), "a proof is not found by chance");
  const auto facts =
      decode_hello(prove_hello(input, Sender::kDialler, session, secret), Sender::kDialler, session, secret);
  if (!facts) return;
  const auto again =
      decode_hello(encode_hello(*facts, Sender::kDialler, session, secret), Sender::kDialler, session, secret);
  ASSERT(again && *again == *facts, "what was understood can be said");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  as_frames(input);
  // The same bytes behind a right checksum.
  const std::string framed =
      encode_frame({.stream = 1, .type = FrameType::kData}, input.substr(0, kFramePayloadBytesMax));
  std::string_view rest = framed;
  const auto frame = take_frame(rest);
  ASSERT(frame && *frame && rest.empty(), "round trip");
  as_hello(input);
  if (node_of_certificate(input)) ASSERT(input.size() <= kCertificateBytesMax, "certificates are bounded");
  const Error error = decode_error(input);
  ASSERT(decode_error(encode_error(error)).kind == error.kind, "kinds survive");
  if (const auto head = decode_request_head(input)) ASSERT(is_operation_name(head->operation), "names are checked");
  ASSERT(one_line(input).find('\n') == std::string::npos, "a line is one line");
  return 0;
}
