#include "http/server_core.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "http/connection.hpp"
#include "runtime/loop.hpp"

namespace garage::http {
namespace {

// "ip" of "ip:port"; nothing for a Unix socket.
std::string host_of(const std::string& peer) {
  if (peer.empty() || peer.front() == '/') return {};
  return peer.substr(0, peer.rfind(':'));
}

}  // namespace

ServerCore::ServerCore(runtime::Clock& clock, env::Network& network, Handler& handler, ServerOptions options)
    : clock_(clock), network_(network), handler_(handler), options_(std::move(options)) {}

ServerCore::~ServerCore() = default;

GateLimits ServerCore::gate_limits() const {
  return {.block_bytes_max = options_.header_block_bytes_max,
          .fields_max = options_.header_fields_max,
          .target_bytes_max = options_.target_bytes_max};
}

Result<void> ServerCore::listen(env::Address address, env::ListenOptions options) {
  if (stopping_) return fail(ErrorKind::kClosed, "the server is stopping");
  TRY(auto listener, network_.listen(std::move(address), options));
  listeners_.push_back(std::move(listener));
  tasks_.spawn(accept_loop(*listeners_.back()));
  return {};
}

std::vector<env::Address> ServerCore::addresses() const {
  std::vector<env::Address> addresses;
  for (const auto& listener : listeners_) addresses.push_back(listener->local_address());
  return addresses;
}

Task<void> ServerCore::accept_loop(env::Listener& listener) {
  for (;;) {
    auto stream = co_await listener.accept();
    if (!stream) {
      if (!stopping_)
        LOG_ERROR("http", "stopped listening at {}: {}", listener.local_address().text, stream.error().message);
      co_return;
    }
    std::string peer = (*stream)->peer_address().text;
    if (!admit_address(host_of(peer))) {
      if (const auto others = turned_away_.due(host_of(peer)))
        LOG_WARN("http", "too many connections from the address of {}: closed{}", peer, *others);
      continue;
    }
    if (!co_await make_room()) {
      forget_address(host_of(peer));
      co_return;
    }
    tasks_.spawn(run(std::move(*stream), std::move(peer)));
  }
}

Task<bool> ServerCore::make_room() {
  while (connections() >= options_.connections_max) {
    if (stopping_) co_return false;
    // Whoever is cut leaves once its read has returned.
    if (!idle_.empty()) idle_.front().connection->cut();
    co_await room_.wait();
  }
  co_return true;
}

bool ServerCore::admit_address(const std::string& host) {
  if (host.empty()) return true;
  size_t& count = per_address_[host];
  if (count >= options_.connections_per_address_max) return false;
  ++count;
  return true;
}

void ServerCore::forget_address(const std::string& host) {
  const auto found = per_address_.find(host);
  if (found != per_address_.end() && --found->second == 0) per_address_.erase(found);
}

Task<void> ServerCore::run(std::unique_ptr<env::Stream> stream, std::string peer) {
  const std::string host = host_of(peer);
  Connection connection(*this, std::move(stream), std::move(peer));
  const Place place = busy_.insert(busy_.end(), Listed{&connection, false});
  co_await connection.serve(place);
  (place->idle ? idle_ : busy_).erase(place);
  forget_address(host);
  room_.notify_all();
}

void ServerCore::mark_idle(Place place) {
  idle_.splice(idle_.end(), place->idle ? idle_ : busy_, place);
  place->idle = true;
  if (connections() >= options_.connections_max) room_.notify_all();
}

void ServerCore::mark_busy(Place place) {
  busy_.splice(busy_.end(), place->idle ? idle_ : busy_, place);
  place->idle = false;
}

Task<void> ServerCore::stop(Duration grace) {
  runtime::Loop& loop = *runtime::Loop::current();
  runtime::TimerId farewell = 0, timer = 0;
  std::vector<runtime::TimerId> closings;
  if (!stopping_) {
    stopping_ = true;
    for (const auto& listener : listeners_) {
      if (const Duration wait = listener->turn_away(); wait > Duration{0}) {
        closings.push_back(loop.call_after(std::min(grace, wait), [one = listener.get()] { one->close(); }));
      } else {
        listener->close();
      }
    }
    room_.notify_all();
    farewell = loop.call_after(std::min(grace, kFarewell), [this] { cut(idle_); });
    timer = loop.call_after(grace, [this] {
      cut(busy_);
      cut(idle_);
    });
  }
  co_await tasks_.join();
  for (const auto closing : closings) loop.cancel(closing);
  if (farewell != 0) loop.cancel(farewell);
  if (timer != 0) loop.cancel(timer);
}

void ServerCore::cut(const std::list<Listed>& listed) {
  // A copy, because a connection may leave its list while the next one is cut.
  std::vector<Connection*> connections;
  for (const Listed& entry : listed) connections.push_back(entry.connection);
  for (Connection* connection : connections) connection->cut();
}

}  // namespace garage::http
