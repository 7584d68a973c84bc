#include "api/request_meter.hpp"

#include <fmt/format.h>

#include "http/response.hpp"

namespace garage::api {

const RequestMeter::Of& RequestMeter::of(std::string_view endpoint) {
  if (const auto found = endpoints_.find(endpoint); found != endpoints_.end()) return found->second;
  const telemetry::Labels labels{{names_.label, std::string(endpoint)}};
  auto& registry = instruments_->registry;
  const Of made{.requests = &registry.counter(names_.prefix + "_request_counter",
                                              fmt::format("Number of {} requests", names_.what), labels),
                .duration = &registry.histogram(names_.prefix + "_request_duration",
                                                fmt::format("Duration of {} requests", names_.what), labels)};
  return endpoints_.emplace(endpoint, made).first->second;
}

void RequestMeter::count(std::string_view endpoint, int status, Duration took) {
  if (instruments_ == nullptr) return;
  const Of& meter = of(endpoint);
  meter.requests->add();
  meter.duration->record(took);
  if (status < 400) return;
  const std::string code =
      names_.status_in_words ? fmt::format("{} {}", status, http::reason_phrase(status)) : std::to_string(status);
  instruments_->registry
      .counter(names_.prefix + "_error_counter",
               fmt::format("Number of {} requests that resulted in errors", names_.what),
               {{names_.label, std::string(endpoint)}, {"status_code", code}})
      .add();
}

}  // namespace garage::api
