#include "http/head_scanner.hpp"

#include "http/characters.hpp"

namespace garage::http {

std::expected<std::optional<size_t>, Refusal> HeadScanner::scan(std::string_view bytes, const GateLimits& limits) {
  if (!bytes.empty() && !is_token_character(bytes.front())) {
    return std::unexpected(Refusal{400, "this does not begin like a request"});
  }
  for (;;) {
    const size_t feed = bytes.find('\n', looked_at_);
    const size_t line_end = feed == std::string_view::npos ? bytes.size() : feed + 1;
    if (line_end > limits.block_bytes_max) {
      if (line_begin_ == 0) return std::unexpected(Refusal{414, "the request line is too long"});
      return std::unexpected(Refusal{431, "the request head is too long"});
    }
    if (feed == std::string_view::npos) break;
    if (feed == line_begin_ || bytes[feed - 1] != '\r') return std::unexpected(Refusal{400, "a bare line feed"});
    const bool empty_line = feed == line_begin_ + 1;
    line_begin_ = looked_at_ = line_end;
    if (empty_line) return line_end;
  }
  looked_at_ = bytes.size();
  return std::nullopt;
}

}  // namespace garage::http
