#include "api/request_meter.hpp"

#include <fmt/format.h>

#include <utility>

#include "http/response.hpp"

namespace garage::api {

RequestMeter::Of& RequestMeter::of(std::string_view endpoint) {
  if (const auto found = endpoints_.find(endpoint); found != endpoints_.end()) return found->second;
  const telemetry::Labels labels{{names_.label, std::string(endpoint)}};
  auto& registry = instruments_->registry;
  Of made{.requests = &registry.counter(names_.prefix + "_request_counter",
                                        fmt::format("Number of {} requests", names_.what), labels),
          .duration = &registry.histogram(names_.prefix + "_request_duration",
                                          fmt::format("Duration of {} requests", names_.what), labels),
          .errors = {}};
  return endpoints_.emplace(endpoint, std::move(made)).first->second;
}

telemetry::Counter& RequestMeter::errors_of(Of& meter, std::string_view endpoint, int status) {
  telemetry::Counter*& errors = meter.errors[status];
  if (errors == nullptr) {
    const std::string code =
        names_.status_in_words ? fmt::format("{} {}", status, http::reason_phrase(status)) : std::to_string(status);
    errors = &instruments_->registry.counter(names_.prefix + "_error_counter",
                                             fmt::format("Number of {} requests that resulted in errors", names_.what),
                                             {{names_.label, std::string(endpoint)}, {"status_code", code}});
  }
  return *errors;
}

void RequestMeter::count(std::string_view endpoint, int status, Duration took) {
  if (instruments_ == nullptr) return;
  Of& meter = of(endpoint);
  meter.requests->add();
  meter.duration->record(took);
  if (status >= 400) errors_of(meter, endpoint, status).add();
}

}  // namespace garage::api
