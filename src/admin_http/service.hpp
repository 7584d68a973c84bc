// The admin API as an HTTP handler.
//
// Ownership: borrows what its context and options name. Threads: its loop.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "admin/context.hpp"
#include "admin_http/endpoint.hpp"
#include "admin_http/metrics_page.hpp"
#include "http/server.hpp"

namespace garage::admin_http {

struct ServiceOptions {
  bool metrics_require_token = false;
  std::function<Task<std::string>()> metrics = {};                  // text for Prometheus; empty: there is none
  std::function<bool(std::string_view domain)> serves_domain = {};  // empty: none is
};

class Service : public http::Handler {
 public:
  // The context has tokens.
  Service(admin::Context context, ServiceOptions options)
      : context_(std::move(context)), options_(std::move(options)), metrics_page_(options_.metrics) {}

  Task<http::Response> handle(http::Request& request) override;
  http::Response refuse(int status, std::string_view reason) override;

 private:
  Task<admin::AdminResult<http::Response>> run(http::Request& request);
  Task<admin::AdminResult<http::Response>> run_operation(http::Request& request, Endpoint endpoint);
  Task<admin::AdminResult<http::Response>> answer_metrics(const http::Request& request);
  admin::AdminResult<http::Response> answer_check(std::string_view domain) const;

  admin::Context context_;
  ServiceOptions options_;
  MetricsPage metrics_page_;
};

}  // namespace garage::admin_http
