#include "api/metered_handler.hpp"

#include "runtime/loop.hpp"
#include "telemetry/traceparent.hpp"

namespace garage::api {

Task<http::Response> MeteredHandler::handle(http::Request& request) {
  runtime::Loop& loop = *runtime::Loop::current();
  const MonotonicTime start = loop.now();
  const std::string endpoint = names_.endpoint(request);
  std::optional<telemetry::RemoteParent> asker;
  if (meter_.tracer() != nullptr) asker = telemetry::parse_traceparent(request.headers.get("traceparent").value_or(""));
  telemetry::Span span(meter_.tracer(), names_.span_before, telemetry::SpanKind::kServer, asker);
  auto response = co_await handler_.handle(request);
  meter_.count(endpoint, response.status, loop.now() - start);
  if (span.recording()) {
    span.rename(names_.span_before + endpoint + names_.span_behind);
    span.set("method", request.method_text);
    span.set("uri", request.raw_path);
    span.set("host", request.headers.get("host").value_or(""));
    span.set("endpoint", endpoint);
    if (response.status >= 500) span.fail();
  }
  co_return response;
}

}  // namespace garage::api
