#include "cluster/session.hpp"

#include <fmt/format.h>

namespace garage::cluster {

Task<Error> Session::run(std::shared_ptr<Session> self, PingOptions options) {
  self->watchers_.spawn(watch(self, options));
  Error end = co_await net::Dialogue::run(self->dialogue_);
  if (self->silent_) end = {ErrorKind::kTimeout, fmt::format("no answer for {} s", options.timeout / 1s)};
  self->ended_.ring();
  co_await self->watchers_.join();
  co_return end;
}

Task<void> Session::watch(std::shared_ptr<Session> self, PingOptions options) {
  runtime::Loop& loop = *runtime::Loop::current();
  while (self->open()) {
    if (loop.now() - self->answered_at_ > options.timeout) {
      self->silent_ = true;
      self->close();
      co_return;
    }
    self->watchers_.spawn(ping(self, options.timeout));
    co_await self->ended_.wait(options.interval);
  }
}

Task<void> Session::ping(std::shared_ptr<Session> self, Duration timeout) {
  const auto time = co_await self->dialogue_->ping(runtime::Loop::current()->now() + timeout);
  if (!time) co_return;
  self->answered_at_ = runtime::Loop::current()->now();
  self->round_trip_ = *time;
}

Task<bool> Session::answers(Duration within) {
  co_return (co_await dialogue_->ping(runtime::Loop::current()->now() + within)).has_value();
}

}  // namespace garage::cluster
