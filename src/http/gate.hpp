// The gate: a strict look at the raw head of a request, before any parser sees it.
//
// Whatever two HTTP implementations could read in two ways is refused here, so that nobody in front of us (a proxy, a
// cache) and nobody behind (the parser, the signature check) can be made to disagree about where a request ends or whom
// it is for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

namespace garage::http {

struct GateLimits {
  size_t block_bytes_max = 16 * 1024;
  size_t fields_max = 100;
  size_t target_bytes_max = 8 * 1024;
};

// Why a request is not let in. After it the connection is closed: where the next request begins is not known.
struct Refusal {
  int status = 400;         // 400, 408, 414, 431, 501 or 505
  std::string_view reason;  // a literal, for people
};

// What the gate read, for the parser behind it to agree with.
struct Framing {
  bool http_1_0 = false;
  bool chunked = false;
  std::optional<uint64_t> content_length;
  friend bool operator==(const Framing&, const Framing&) = default;
};

// `block` is the head from the first byte of the method up to and including the empty line.
std::expected<Framing, Refusal> check_head(std::string_view block, const GateLimits& limits);

}  // namespace garage::http
