#include "daemon/front_loop.hpp"

#include "web/site.hpp"

namespace garage::daemon {

http::ServerOptions FrontLoop::server_options() const {
  http::ServerOptions out;
  out.connections_max = limits_.connections_max;
  out.connections_per_address_max = limits_.connections_per_address_max;
  return out;
}

Task<Result<void>> FrontLoop::listen_s3(s3::Backend backend, env::Address address) {
  s3_ = std::make_unique<s3::Service>(backend);
  s3_server_ = std::make_unique<http::Server>(backend.env, *s3_, server_options());
  co_return s3_server_->listen(address, {.share_port = true, .unix_socket_mode = 0222});
}

namespace {

// Only those that websites know, so that nobody fills the metrics with words of his own.
std::string method_of(const http::Request& request) {
  switch (request.method) {
    case http::Method::kGet:
      return "GET";
    case http::Method::kHead:
      return "HEAD";
    case http::Method::kOptions:
      return "OPTIONS";
    default:
      return "other";
  }
}

}  // namespace

Task<Result<void>> FrontLoop::listen_web(web::Backend backend, env::Address address,
                                         const telemetry::Instruments& instruments) {
  web_ = std::make_unique<web::Service>(backend);
  api::MeteredNames names{.metrics = {.prefix = "web", .what = "website", .label = "method", .status_in_words = true},
                          .endpoint = method_of,
                          .host = {},
                          .span_before = "Web ",
                          .span_behind = " request"};
  if (backend.options.add_host_to_metrics) {
    names.host = [backend](const http::Request& request) {
      return web::served_host(*backend.settings.directory(), request.headers.get("host").value_or(""),
                              backend.options.root_domain);
    };
  }
  metered_web_ = std::make_unique<api::MeteredHandler>(*web_, &instruments, std::move(names));
  web_server_ = std::make_unique<http::Server>(backend.env, *metered_web_, server_options());
  co_return web_server_->listen(address, {.share_port = true, .unix_socket_mode = 0222});
}

Task<Result<void>> FrontLoop::stop_serving(Duration grace) {
  runtime::TaskGroup draining;
  if (s3_server_) draining.spawn(s3_server_->stop(grace));
  if (web_server_) draining.spawn(web_server_->stop(grace));
  co_await draining.join();
  s3_server_.reset(), web_server_.reset();
  s3_.reset(), web_.reset();
  co_return Result<void>{};
}

Task<Result<void>> FrontLoop::stop_objects(object::Objects& objects) {
  co_await objects.stop();
  co_return Result<void>{};
}

Task<void> FrontLoop::settle() {
  auto [promise, future] = runtime::make_future<bool>();
  loop_.post([setter = std::move(promise)]() mutable { setter.set(true); });
  (void)co_await std::move(future);
}

}  // namespace garage::daemon
