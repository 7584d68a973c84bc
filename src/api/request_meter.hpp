// Counts and times the requests of one front, by endpoint, and by host where that is wanted.
//
// Ownership: borrows the instruments; without any it does nothing. Threads: one; each loop has its own.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "telemetry/instruments.hpp"

namespace garage::api {

struct RequestNames {
  std::string prefix;                  // of the metrics: "api_s3"
  std::string what;                    // for people: "S3"
  std::string label = "api_endpoint";  // that tells endpoints apart
  bool status_in_words = false;        // "404 Not Found" instead of "404"
};

class RequestMeter {
 public:
  RequestMeter(const telemetry::Instruments* instruments, RequestNames names)
      : instruments_(instruments), names_(std::move(names)) {}

  telemetry::Tracer* tracer() const { return instruments_ == nullptr ? nullptr : instruments_->tracer; }
  // The head of the answer is ready. `endpoint` and `host` are some that the front knows, never what a client made up.
  // Without a host there is no label for it; of more than kHostsMax the rest is "other".
  static constexpr size_t kHostsMax = 500;
  void count(std::string_view endpoint, int status, Duration took, std::string_view host = {});
  // Of an answer that was counted: its body could not be produced to the end.
  void count_failed(std::string_view endpoint, std::string_view host = {});

 private:
  struct Of {
    telemetry::Labels labels;
    telemetry::Counter* requests;
    telemetry::Histogram* duration;
    std::map<int, telemetry::Counter*> errors;  // by status, those that there were
    telemetry::Counter* failed = nullptr;       // where there was one
  };
  using Endpoints = std::map<std::string, Of, std::less<>>;
  telemetry::Counter& errors_of(Of& meter, int status);
  Of& of(std::string_view endpoint, std::string_view host);

  const telemetry::Instruments* const instruments_;
  const RequestNames names_;
  std::map<std::string, Endpoints, std::less<>> hosts_;
};

}  // namespace garage::api
