// The payloads of request and error frames. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace garage::net {

inline constexpr size_t kErrorTextBytesMax = 32 * 1024;

struct RequestHead {
  std::string operation;                      // 1 to kOperationBytesMax visible ASCII characters
  std::optional<uint32_t> time_left_ms = {};  // for the answer; nothing: as long as it takes
  uint32_t body_bytes = 0;                    // how large the body will be, so that room is made once; 0: not said
  std::string traceparent = {};               // of the span that asks; empty: none is recorded
};

bool is_operation_name(std::string_view name);
std::string encode_request_head(const RequestHead& head);
// kCorrupt if there is no acceptable operation name.
Result<RequestHead> decode_request_head(std::string_view payload);

// A message longer than kErrorTextBytesMax is cut at the end of a character.
std::string encode_error(const Error& error);
// What the peer said, or kCorrupt if it cannot be understood. A kind that this program does not know becomes kInternal.
Error decode_error(std::string_view payload);

// For log lines and terminals: the text of somebody not trusted, shortened, without control characters.
std::string one_line(std::string_view text);

}  // namespace garage::net
