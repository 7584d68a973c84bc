#include "api/metered_handler.hpp"

#include "api/metered_request.hpp"

namespace garage::api {

Task<http::Response> MeteredHandler::handle(http::Request& request) {
  const std::string endpoint = names_.endpoint(request);
  MeteredRequest metered(meter_, request, names_.span_before);
  auto response = co_await handler_.handle(request);
  const std::string host = names_.host ? names_.host(request) : std::string();
  if (metered.answered(endpoint, response.status, host)) {
    metered.span().rename(names_.span_before + endpoint + names_.span_behind);
    metered.span().set("host", request.headers.get("host").value_or(""));
  }
  co_return response;
}

void MeteredHandler::answer_failed(const http::Request& request) {
  meter_.count_failed(names_.endpoint(request), names_.host ? names_.host(request) : std::string());
}

}  // namespace garage::api
