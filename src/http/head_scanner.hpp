// Finds the end of a head while its bytes arrive, looking at each byte once.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string_view>

#include "http/gate.hpp"

namespace garage::http {

class HeadScanner {
 public:
  // `bytes` is everything received since the head began; it only grows from call to call. Returns the size of the head
  // with its empty line, or nothing yet. Refuses what can never become a head at once, rather than waiting for an end
  // that may not come: a first byte that begins no method (TLS, for one), a bare line feed, a head that is already too
  // long.
  std::expected<std::optional<size_t>, Refusal> scan(std::string_view bytes, const GateLimits& limits);

 private:
  size_t line_begin_ = 0;
  size_t looked_at_ = 0;
};

}  // namespace garage::http
