#include "net/message.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "codec/tlv.hpp"
#include "net/connection.hpp"

namespace garage::net {
namespace {

enum RequestTag : uint32_t {
  kOperation = 1,
  kTimeLeft = 2,
  kTraceparent = 3,
  kBodyBytes = 4,
};
enum ErrorTag : uint32_t { kKind = 1, kMessage = 2 };

constexpr size_t kLineBytesMax = 512;

// Names on the wire. They stay when the program's own texts change.
constexpr std::array<std::pair<ErrorKind, std::string_view>, 17> kKindNames{{
    {ErrorKind::kNotFound, "not_found"},
    {ErrorKind::kInvalid, "invalid"},
    {ErrorKind::kDenied, "denied"},
    {ErrorKind::kCorrupt, "corrupt"},
    {ErrorKind::kIo, "io"},
    {ErrorKind::kNoSpace, "no_space"},
    {ErrorKind::kTimeout, "timeout"},
    {ErrorKind::kUnavailable, "unavailable"},
    {ErrorKind::kConflict, "conflict"},
    {ErrorKind::kUnknownOutcome, "unknown_outcome"},
    {ErrorKind::kPrecondition, "precondition"},
    {ErrorKind::kOverQuota, "over_quota"},
    {ErrorKind::kOverloaded, "overloaded"},
    {ErrorKind::kUnsupported, "unsupported"},
    {ErrorKind::kClosed, "closed"},
    {ErrorKind::kExists, "exists"},
    {ErrorKind::kInternal, "internal"},
}};

std::string_view name_of(ErrorKind kind) {
  for (const auto& [known, name] : kKindNames) {
    if (known == kind) return name;
  }
  return "internal";
}

ErrorKind kind_of(std::string_view name) {
  for (const auto& [kind, known] : kKindNames) {
    if (known == name) return kind;
  }
  return ErrorKind::kInternal;
}

// At most `bytes_max` of UTF-8, not ending within a character.
std::string_view shortened(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

uint32_t number_up_to_u32(codec::TlvReader& reader) {
  return static_cast<uint32_t>(std::min<uint64_t>(reader.number(), UINT32_MAX));
}

}  // namespace

bool is_operation_name(std::string_view name) {
  return !name.empty() && name.size() <= kOperationBytesMax &&
         std::ranges::all_of(name, [](char c) { return c > ' ' && c <= '~'; });
}

std::string encode_request_head(const RequestHead& head) {
  auto writer = codec::TlvWriter::nested();
  writer.bytes(kOperation, head.operation);
  if (head.time_left_ms) writer.u64(kTimeLeft, *head.time_left_ms);
  if (!head.traceparent.empty()) writer.bytes(kTraceparent, head.traceparent);
  if (head.body_bytes > 0) writer.u64(kBodyBytes, head.body_bytes);
  return std::move(writer).take_body();
}

Result<RequestHead> decode_request_head(std::string_view payload) {
  RequestHead head;
  auto reader = codec::TlvReader::nested(payload);
  while (reader.next()) {
    if (reader.tag() == kOperation) head.operation = reader.bytes();
    if (reader.tag() == kTimeLeft) head.time_left_ms = number_up_to_u32(reader);
    if (reader.tag() == kTraceparent) head.traceparent = reader.bytes();
    if (reader.tag() == kBodyBytes) head.body_bytes = number_up_to_u32(reader);
  }
  if (!reader.status() || !is_operation_name(head.operation))
    return fail(ErrorKind::kCorrupt, "a request has no valid operation name");
  return head;
}

std::string encode_error(const Error& error) {
  auto writer = codec::TlvWriter::nested();
  writer.bytes(kKind, name_of(error.kind));
  writer.bytes(kMessage, shortened(error.message, kErrorTextBytesMax));
  return std::move(writer).take_body();
}

Error decode_error(std::string_view payload) {
  Error error;
  bool has_kind = false;
  auto reader = codec::TlvReader::nested(payload);
  while (reader.next()) {
    if (reader.tag() == kKind) {
      error.kind = kind_of(reader.bytes());
      has_kind = true;
    } else if (reader.tag() == kMessage) {
      error.message = reader.bytes();
    }
  }
  if (!reader.status() || !has_kind) return Error{ErrorKind::kCorrupt, "the peer's error cannot be understood"};
  return error;
}

std::string one_line(std::string_view text) {
  std::string line(shortened(text, kLineBytesMax));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = '?';
  }
  return line;
}

}  // namespace garage::net
