// Counts and times the requests of one front, by endpoint.
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
  // The head of the answer is ready. `endpoint` is one of those the front knows, never what a client made up.
  void count(std::string_view endpoint, int status, Duration took);

 private:
  struct Of {
    telemetry::Counter* requests;
    telemetry::Histogram* duration;
    std::map<int, telemetry::Counter*> errors;  // by status, those that there were
  };
  telemetry::Counter& errors_of(Of& meter, std::string_view endpoint, int status);
  Of& of(std::string_view endpoint);

  const telemetry::Instruments* const instruments_;
  const RequestNames names_;
  std::map<std::string, Of, std::less<>> endpoints_;
};

}  // namespace garage::api
