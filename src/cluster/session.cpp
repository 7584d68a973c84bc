#include "cluster/session.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace garage::cluster {
namespace {

constexpr size_t kPeersPingedOften = 25;
constexpr int64_t kSlowestFactor = 6;
constexpr Duration kBesideInterval = 5s;

std::string in_words(Duration duration) {
  return duration % 1s == Duration(0) ? fmt::format("{} s", duration / 1s) : fmt::format("{} ms", duration / 1ms);
}

}  // namespace

PingOptions ping_options(PingOptions wanted, size_t peers, bool decides) {
  PingOptions out = wanted;
  out.timeout = std::max(wanted.timeout, kShortestPingTimeout);
  const Duration slowest = out.timeout / 3;  // or one lost ping would end a connection
  const auto factor = std::clamp<int64_t>(static_cast<int64_t>(peers / kPeersPingedOften), 1, kSlowestFactor);
  out.interval = std::min(decides ? wanted.interval * factor : std::max(wanted.interval, kBesideInterval), slowest);
  if (decides) out.suspect_after = wanted.suspect_after + std::max(Duration(0), out.interval - wanted.interval);
  return out;
}

Task<Error> Session::run(std::shared_ptr<Session> self, PingOptions options) {
  self->watchers_.spawn(watch(self, options));
  Error end = co_await net::Dialogue::run(self->dialogue_);
  if (self->silent_) end = {ErrorKind::kTimeout, fmt::format("no answer for {}", in_words(options.timeout))};
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
