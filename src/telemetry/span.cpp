#include "telemetry/span.hpp"

#include <utility>

namespace garage::telemetry {

void Span::begin_child(std::string_view name, std::string_view rest, SpanKind kind) {
  before_ = current_span;
  tracer_ = before_.tracer;
  span_.emplace();
  span_->trace = before_.trace;
  span_->parent = before_.span;
  span_->span = tracer_->new_span_id();
  span_->kind = kind;
  span_->name.append(name).append(rest);
  span_->start_unix_ns = tracer_->unix_ns();
  current_span.span = span_->span;
}

void Span::begin_root(Tracer& tracer, std::string_view name, SpanKind kind, const std::optional<RemoteParent>& parent) {
  const bool wanted = parent && parent->sampled ? true : !parent && tracer.wants_new_trace();
  if (!wanted) return;
  before_ = current_span;
  tracer_ = &tracer;
  span_.emplace();
  span_->trace = parent ? parent->trace : tracer.new_trace_id();
  span_->parent = parent ? parent->span : 0;
  span_->span = tracer.new_span_id();
  span_->kind = kind;
  span_->name = name;
  span_->start_unix_ns = tracer.unix_ns();
  current_span = {&tracer, span_->trace, span_->span};
}

void Span::set(std::string_view name, std::string_view value) {
  span_->attributes.emplace_back(name, value.substr(0, kAttributeBytesMax));
}

void Span::rename(std::string_view name) {
  span_->name = name;
}

void Span::fail() {
  span_->failed = true;
}

void Span::end() {
  current_span = before_;
  span_->end_unix_ns = tracer_->unix_ns();
  tracer_->finish(std::move(*span_));
}

}  // namespace garage::telemetry
