#include "table/envelope.hpp"

#include <utility>

#include "codec/tlv.hpp"
#include "net/message.hpp"

namespace garage::table {
namespace {

enum Tag : uint32_t { kTagItem = 1 };
enum ReplyTag : uint32_t { kTagAnswer = 1, kTagError = 2 };

Result<std::string> open_reply(codec::TlvReader in) {
  Result<std::string> out = fail(ErrorKind::kCorrupt, "an answer says nothing");
  while (in.next()) {
    if (in.tag() == kTagAnswer) out = std::string(in.bytes());
    if (in.tag() == kTagError) out = std::unexpected(net::decode_error(in.bytes()));
  }
  CHECK_OK(in.status());
  return out;
}

}  // namespace

std::string enclose_requests(const std::vector<std::string>& requests) {
  auto out = codec::TlvWriter::nested();
  size_t bytes = 0;
  for (const std::string& request : requests) bytes += request.size() + 8;
  out.reserve(bytes);
  for (const std::string& request : requests) out.bytes(kTagItem, request);
  return std::move(out).take_body();
}

Result<std::vector<std::string_view>> open_requests(std::string_view message) {
  std::vector<std::string_view> out;
  auto in = codec::TlvReader::nested(message);
  while (in.next()) {
    if (in.tag() != kTagItem) continue;
    if (out.size() == kEnvelopeRequestsMax) return fail(ErrorKind::kInvalid, "too many requests in one message");
    out.push_back(in.bytes());
  }
  CHECK_OK(in.status());
  if (out.empty()) return fail(ErrorKind::kCorrupt, "a message without a request");
  return out;
}

std::string enclose_replies(const std::vector<Result<std::string>>& replies) {
  auto out = codec::TlvWriter::nested();
  for (const auto& reply : replies) {
    auto item = codec::TlvWriter::nested();
    if (reply) {
      item.bytes(kTagAnswer, *reply);
    } else {
      item.bytes(kTagError, net::encode_error(reply.error()));
    }
    out.message(kTagItem, item);
  }
  return std::move(out).take_body();
}

Result<std::vector<Result<std::string>>> open_replies(std::string_view message, size_t expected) {
  std::vector<Result<std::string>> out;
  auto in = codec::TlvReader::nested(message);
  while (in.next()) {
    if (in.tag() != kTagItem) continue;
    if (out.size() == expected) return fail(ErrorKind::kCorrupt, "more answers than questions");
    out.push_back(open_reply(in.message()));
  }
  CHECK_OK(in.status());
  if (out.size() != expected) return fail(ErrorKind::kCorrupt, "fewer answers than questions");
  return out;
}

}  // namespace garage::table
