// A piece of work, timed for a trace: from construction to destruction, on a stack or in a coroutine's frame.
//
//   telemetry::Span span("object", " get");          a child of the span that runs here; nothing where none does
//   if (span.recording()) span.set("path", path);
//
// Cost where nothing is recorded: one branch. Threads: one. While it lives, it is the current span.
#pragma once

#include <optional>
#include <string_view>

#include "telemetry/tracer.hpp"

namespace garage::telemetry {

inline constexpr size_t kAttributeBytesMax = 512;

// Who asked: a span of somebody else.
struct RemoteParent {
  std::array<unsigned char, 16> trace{};
  uint64_t span = 0;
  bool sampled = false;
};

class Span {
 public:
  // The name is both parts, joined only where it is needed.
  explicit Span(std::string_view name, std::string_view rest = {}, SpanKind kind = SpanKind::kInternal) {
    if (current_span.tracer != nullptr) begin_child(name, rest, kind);
  }
  // The first span here of what somebody asks. It is recorded where the asker records, else as the tracer likes; null
  // never does.
  Span(Tracer* tracer, std::string_view name, SpanKind kind, const std::optional<RemoteParent>& parent) {
    if (tracer != nullptr) begin_root(*tracer, name, kind, parent);
  }
  ~Span() {
    if (recording()) end();
  }
  Span(const Span&) = delete;

  bool recording() const { return tracer_ != nullptr; }
  // Only where recording() is true.
  void set(std::string_view name, std::string_view value);
  void rename(std::string_view name);
  void fail();

 private:
  void begin_child(std::string_view name, std::string_view rest, SpanKind kind);
  void begin_root(Tracer& tracer, std::string_view name, SpanKind kind, const std::optional<RemoteParent>& parent);
  void end();

  Tracer* tracer_ = nullptr;
  SpanContext before_;
  std::optional<FinishedSpan> span_;
};

}  // namespace garage::telemetry
