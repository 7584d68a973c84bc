#include "daemon/front_loop.hpp"

namespace garage::daemon {

Task<Result<void>> FrontLoop::listen_s3(s3::Backend backend, env::Address address) {
  service_ = std::make_unique<s3::Service>(backend);
  server_ = std::make_unique<http::Server>(backend.env, *service_, http::ServerOptions{});
  co_return server_->listen(address, {.share_port = true, .unix_socket_mode = 0222});
}

Task<Result<void>> FrontLoop::stop_serving(Duration grace) {
  if (server_) co_await server_->stop(grace);
  server_.reset();
  service_.reset();
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
