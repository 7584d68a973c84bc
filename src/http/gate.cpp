#include "http/gate.hpp"

#include <limits>

#include "http/characters.hpp"
#include "http/field_line.hpp"
#include "http/host.hpp"

namespace garage::http {
namespace {

using Verdict = std::optional<Refusal>;  // nothing: passed

constexpr size_t kMethodBytesMax = 32;

Verdict check_version(std::string_view version, Framing& framing) {
  if (version == "HTTP/1.1") return std::nullopt;
  if (version == "HTTP/1.0") {
    framing.http_1_0 = true;
    return std::nullopt;
  }
  const bool well_formed = version.size() == 8 && version.starts_with("HTTP/") && is_digit(version[5]) &&
                           version[6] == '.' && is_digit(version[7]);
  if (well_formed) return Refusal{505, "only HTTP/1.1 and HTTP/1.0 are spoken here"};
  return Refusal{400, "a bad HTTP version"};
}

Verdict check_target(std::string_view target, std::string_view method, const GateLimits& limits) {
  if (target.size() > limits.target_bytes_max) return Refusal{414, "the request target is too long"};
  for (char c : target) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7f || byte == '#') return Refusal{400, "a bad byte in the request target"};
  }
  if (target.starts_with('/')) return std::nullopt;
  if (target == "*" && method == "OPTIONS") return std::nullopt;
  return Refusal{400, "the request target must be a path"};
}

Verdict check_request_line(std::string_view line, const GateLimits& limits, Framing& framing) {
  const size_t first = line.find(' ');
  if (first == std::string_view::npos) return Refusal{400, "a bad request line"};
  const std::string_view method = line.substr(0, first);
  if (!is_token(method) || method.size() > kMethodBytesMax) return Refusal{400, "a bad method"};
  const size_t second = line.find(' ', first + 1);
  if (second == std::string_view::npos) return Refusal{400, "a bad request line"};
  if (auto refused = check_version(line.substr(second + 1), framing)) return refused;
  return check_target(line.substr(first + 1, second - first - 1), method, limits);
}

Verdict read_content_length(std::string_view value, Framing& framing) {
  if (framing.content_length) return Refusal{400, "more than one Content-Length"};
  uint64_t length = 0;
  for (char c : value) {
    if (!is_digit(c)) return Refusal{400, "a Content-Length that is not a number"};
    const auto digit = static_cast<uint64_t>(c - '0');
    if (length > (static_cast<uint64_t>(std::numeric_limits<int64_t>::max()) - digit) / 10) {
      return Refusal{400, "a Content-Length beyond all reason"};
    }
    length = length * 10 + digit;
  }
  if (value.empty()) return Refusal{400, "an empty Content-Length"};
  framing.content_length = length;
  return std::nullopt;
}

Verdict read_transfer_encoding(std::string_view value, Framing& framing) {
  if (framing.chunked) return Refusal{400, "more than one Transfer-Encoding"};
  if (!equal_ignoring_case(value, "chunked")) {
    return Refusal{is_token(value) ? 501 : 400, "a Transfer-Encoding other than chunked"};
  }
  framing.chunked = true;
  return std::nullopt;
}

// The fields that decide where a request ends and whom it is for.
struct Seen {
  size_t fields = 0;
  size_t hosts = 0;
};

Verdict check_field(std::string_view line, const GateLimits& limits, Seen& seen, Framing& framing) {
  const auto field = parse_field_line(line);
  if (!field) return Refusal{400, field.error()};
  if (++seen.fields > limits.fields_max) return Refusal{431, "too many header fields"};
  if (equal_ignoring_case(field->name, "content-length")) return read_content_length(field->value, framing);
  if (equal_ignoring_case(field->name, "transfer-encoding")) return read_transfer_encoding(field->value, framing);
  if (equal_ignoring_case(field->name, "host")) {
    if (++seen.hosts > 1) return Refusal{400, "more than one Host"};
    if (!is_valid_host(field->value)) return Refusal{400, "a bad Host"};
  }
  return std::nullopt;
}

Verdict check_whole(const Seen& seen, const Framing& framing) {
  // HTTP/1.0 has none yet: the checks of some load balancers still speak it.
  if (seen.hosts == 0 && !framing.http_1_0) return Refusal{400, "no Host"};
  if (framing.chunked && framing.content_length) return Refusal{400, "Transfer-Encoding together with Content-Length"};
  if (framing.chunked && framing.http_1_0) return Refusal{400, "Transfer-Encoding in HTTP/1.0"};
  return std::nullopt;
}

}  // namespace

std::expected<Framing, Refusal> check_head(std::string_view block, const GateLimits& limits) {
  if (block.size() > limits.block_bytes_max) return std::unexpected(Refusal{431, "the request head is too long"});
  Framing framing;
  auto line = take_line(block);
  if (!line) return std::unexpected(Refusal{400, line.error()});
  if (auto refused = check_request_line(*line, limits, framing)) return std::unexpected(*refused);

  Seen seen;
  for (;;) {
    line = take_line(block);
    if (!line) return std::unexpected(Refusal{400, line.error()});
    if (line->empty()) break;
    if (auto refused = check_field(*line, limits, seen, framing)) return std::unexpected(*refused);
  }
  if (!block.empty()) return std::unexpected(Refusal{400, "bytes behind the head"});
  if (auto refused = check_whole(seen, framing)) return std::unexpected(*refused);
  return framing;
}

}  // namespace garage::http
