// One request of a front while it is counted, timed and traced, from its head to the head of its answer.
//
// Ownership: borrows the meter and the request. Threads: those of the meter.
#pragma once

#include <string_view>

#include "api/request_meter.hpp"
#include "http/request.hpp"
#include "runtime/stopwatch.hpp"
#include "telemetry/span.hpp"

namespace garage::api {

class MeteredRequest {
 public:
  // A child of the span that the client names by `traceparent`, where it does.
  MeteredRequest(RequestMeter& meter, const http::Request& request, std::string_view span_name);

  // Whether a span is recorded, which may be told more then.
  bool answered(std::string_view endpoint, int status, std::string_view host = {});
  telemetry::Span& span() { return span_; }

 private:
  RequestMeter& meter_;
  const http::Request& request_;
  const runtime::Stopwatch watch_;
  telemetry::Span span_;
};

}  // namespace garage::api
