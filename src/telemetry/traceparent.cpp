#include "telemetry/traceparent.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace garage::telemetry {
namespace {

constexpr size_t kTraceAt = 3, kSpanAt = 36, kFlagsAt = 53, kBytes = 55;

std::optional<unsigned> digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  return std::nullopt;
}

std::optional<uint64_t> number(std::string_view hex) {
  uint64_t out = 0;
  for (char c : hex) {
    const auto value = digit(c);
    if (!value) return std::nullopt;
    out = out << 4 | *value;
  }
  return out;
}

std::string hex_of(const std::array<unsigned char, 16>& trace) {
  std::string out;
  for (unsigned char byte : trace) out += fmt::format("{:02x}", byte);
  return out;
}

}  // namespace

std::optional<RemoteParent> parse_traceparent(std::string_view text) {
  // Later versions may be longer; what is known of them stands at the same places.
  if (text.size() < kBytes || text[kTraceAt - 1] != '-' || text[kSpanAt - 1] != '-' || text[kFlagsAt - 1] != '-') {
    return std::nullopt;
  }
  const auto version = number(text.substr(0, 2));
  if (!version || *version == 0xff || (*version == 0 && text.size() != kBytes)) return std::nullopt;
  if (text.size() > kBytes && text[kBytes] != '-') return std::nullopt;
  RemoteParent out;
  for (size_t i = 0; i < out.trace.size(); ++i) {
    const auto byte = number(text.substr(kTraceAt + 2 * i, 2));
    if (!byte) return std::nullopt;
    out.trace[i] = static_cast<unsigned char>(*byte);
  }
  const auto span = number(text.substr(kSpanAt, 16));
  const auto flags = number(text.substr(kFlagsAt, 2));
  const bool no_trace = std::ranges::all_of(out.trace, [](unsigned char byte) { return byte == 0; });
  if (!span || *span == 0 || !flags || no_trace) return std::nullopt;
  out.span = *span;
  out.sampled = (*flags & 1) != 0;
  return out;
}

std::string current_traceparent() {
  if (current_span.tracer == nullptr) return {};
  return fmt::format("00-{}-{:016x}-01", hex_of(current_span.trace), current_span.span);
}

std::string current_trace_id() {
  return current_span.tracer == nullptr ? std::string() : hex_of(current_span.trace);
}

}  // namespace garage::telemetry
