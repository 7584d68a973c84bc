// Counts, times and traces the requests of a handler that does not do it by itself.
//
// Ownership: borrows the handler and the instruments. Threads: as the handler.
#pragma once

#include <functional>
#include <string>

#include "api/request_meter.hpp"
#include "http/server.hpp"

namespace garage::api {

struct MeteredNames {
  RequestNames metrics;
  // One of a known set, never what a client made up.
  std::function<std::string(const http::Request&)> endpoint;
  // Likewise, of a request that was answered; empty: hosts are not told apart.
  std::function<std::string(const http::Request&)> host = {};
  // The span is <before><endpoint><behind>.
  std::string span_before, span_behind;
};

class MeteredHandler final : public http::Handler {
 public:
  MeteredHandler(http::Handler& handler, const telemetry::Instruments* instruments, MeteredNames names)
      : handler_(handler), names_(std::move(names)), meter_(instruments, names_.metrics) {}

  Task<http::Response> handle(http::Request& request) override;
  http::Response refuse(int status, std::string_view reason) override { return handler_.refuse(status, reason); }
  void answer_failed(const http::Request& request) override;

 private:
  http::Handler& handler_;
  const MeteredNames names_;
  RequestMeter meter_;
};

}  // namespace garage::api
