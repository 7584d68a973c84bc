#include "api/metered_request.hpp"

#include "telemetry/traceparent.hpp"

namespace garage::api {
namespace {

std::optional<telemetry::RemoteParent> asker_of(const RequestMeter& meter, const http::Request& request) {
  if (meter.tracer() == nullptr) return std::nullopt;
  auto asker = telemetry::parse_traceparent(request.headers.get("traceparent").value_or(""));
  if (asker && asker->sampled) asker->sampled = meter.tracer()->wants_asked_trace();
  return asker;
}

}  // namespace

MeteredRequest::MeteredRequest(RequestMeter& meter, const http::Request& request, std::string_view span_name)
    : meter_(meter),
      request_(request),
      span_(meter.tracer(), span_name, telemetry::SpanKind::kServer, asker_of(meter, request)) {}

bool MeteredRequest::answered(std::string_view endpoint, int status, std::string_view host) {
  meter_.count(endpoint, status, watch_.elapsed(), host);
  if (!span_.recording()) return false;
  span_.set("method", request_.method_text);
  span_.set("uri", request_.raw_path);  // without the query, which may hold a signature
  span_.set("endpoint", endpoint);
  if (status >= 500) span_.fail();
  return true;
}

}  // namespace garage::api
