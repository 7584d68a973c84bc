#include "api/request_meter.hpp"

#include <fmt/format.h>

#include <utility>

#include "http/response.hpp"

namespace garage::api {

RequestMeter::Of& RequestMeter::of(std::string_view endpoint, std::string_view host) {
  auto at = hosts_.find(host);
  if (at == hosts_.end()) {
    if (hosts_.size() >= kHostsMax) host = "other";
    at = hosts_.try_emplace(std::string(host)).first;
  }
  Endpoints& endpoints = at->second;
  if (const auto found = endpoints.find(endpoint); found != endpoints.end()) return found->second;
  telemetry::Labels labels{{names_.label, std::string(endpoint)}};
  if (!host.empty()) labels.emplace_back("host", host);
  auto& registry = instruments_->registry;
  Of made{.labels = labels,
          .requests = &registry.counter(names_.prefix + "_request_counter",
                                        fmt::format("Number of {} requests", names_.what), labels),
          .duration = &registry.histogram(names_.prefix + "_request_duration",
                                          fmt::format("Duration of {} requests", names_.what), labels),
          .errors = {},
          .failed = nullptr};
  return endpoints.emplace(endpoint, std::move(made)).first->second;
}

telemetry::Counter& RequestMeter::errors_of(Of& meter, int status) {
  telemetry::Counter*& errors = meter.errors[status];
  if (errors == nullptr) {
    const std::string code =
        names_.status_in_words ? fmt::format("{} {}", status, http::reason_phrase(status)) : std::to_string(status);
    telemetry::Labels labels = meter.labels;
    labels.emplace_back("status_code", code);
    errors = &instruments_->registry.counter(names_.prefix + "_error_counter",
                                             fmt::format("Number of {} requests that resulted in errors", names_.what),
                                             std::move(labels));
  }
  return *errors;
}

void RequestMeter::count(std::string_view endpoint, int status, Duration took, std::string_view host) {
  if (instruments_ == nullptr) return;
  Of& meter = of(endpoint, host);
  meter.requests->add();
  meter.duration->record(took);
  if (status >= 400) errors_of(meter, status).add();
}

void RequestMeter::count_failed(std::string_view endpoint, std::string_view host) {
  if (instruments_ == nullptr) return;
  Of& meter = of(endpoint, host);
  if (meter.failed == nullptr) {
    meter.failed = &instruments_->registry.counter(
        names_.prefix + "_failed_answer_counter",
        fmt::format("Number of answers to {} requests whose body could not be produced to its end", names_.what),
        meter.labels);
  }
  meter.failed->add();
}

}  // namespace garage::api
