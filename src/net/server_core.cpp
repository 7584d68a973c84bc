#include "net/server_core.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "net/message.hpp"
#include "net/requests.hpp"
#include "net/shared_stream.hpp"

namespace garage::net {

namespace {

std::string host_of(const env::Address& peer) {
  return peer.text.substr(0, peer.text.rfind(':'));
}

}  // namespace

ServerCore::ServerCore(env::Network& network, NodeKey key, Secret rpc_secret, HelloFacts facts, RequestHandler& handler,
                       ServerOptions options)
    : network_(network),
      key_(std::move(key)),
      rpc_secret_(std::move(rpc_secret)),
      facts_(std::move(facts)),
      handler_(handler),
      options_(options) {}

ServerCore::~ServerCore() = default;

Result<std::shared_ptr<const Credentials>> ServerCore::credentials() {
  if (rpc_secret_.empty()) return fail(ErrorKind::kInvalid, "a peer port needs an RPC secret");
  TRY(auto identity, TlsIdentity::make(key_));
  return std::make_shared<const Credentials>(Credentials{std::move(identity), rpc_secret_, facts_});
}

Result<void> ServerCore::listen(env::Address address, env::ListenOptions options) {
  if (stopping_) return fail(ErrorKind::kClosed, "the server is stopping");
  if (!credentials_) {
    TRY(credentials_, credentials());
  }
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
        LOG_ERROR("net", "stopped listening at {}: {}", listener.local_address().text, stream.error().message);
      co_return;
    }
    if (stopping_ || !make_room(host_of((*stream)->peer_address()))) {
      const auto others = stopping_ ? std::nullopt : turned_away_.due();
      if (others)
        LOG_WARN("net", "too many connections: one from {} is closed{}", (*stream)->peer_address().text, *others);
      continue;
    }
    tasks_.spawn(run(std::move(*stream)));
  }
}

bool ServerCore::make_room(const std::string& host) {
  size_t waiting = 0, of_host = 0;
  for (const Session& session : shaking_hands_) {
    if (session.cut) continue;
    ++waiting;
    if (session.host == host) ++of_host;
  }
  if (of_host >= options_.handshakes_per_address_max) {
    cut_handshake(&host);
  } else if (waiting >= options_.handshakes_max) {
    cut_handshake(nullptr);
  } else if (connections() >= options_.connections_max) {
    if (waiting == 0) return false;
    cut_handshake(nullptr);
  }
  return true;
}

void ServerCore::cut_handshake(const std::string* host) {
  const auto oldest = std::ranges::find_if(shaking_hands_, [host](const Session& session) {
    return !session.cut && (host == nullptr || session.host == *host);
  });
  if (oldest == shaking_hands_.end()) return;
  oldest->raw->close();
  oldest->cut = true;
  if (const auto others = crowded_.due())
    LOG_WARN("net", "too many connections wait to prove who they are: one from {} is closed{}", oldest->host, *others);
}

Task<void> ServerCore::run(std::shared_ptr<env::Stream> raw) {
  const std::string address = raw->peer_address().text;
  const auto place =
      shaking_hands_.insert(shaking_hands_.end(), Session{.raw = raw, .host = host_of(raw->peer_address())});
  const MonotonicTime deadline = runtime::Loop::current()->now() + options_.handshake_timeout;
  auto link = co_await accept_link(std::make_unique<SharedStream>(raw), credentials_, deadline, options_.write_timeout);
  if (!link) {
    // Port scanners and probes come and go; who speaks our language and is refused deserves a line. But anybody may.
    const Error& error = link.error();
    const bool speaks = error.kind == ErrorKind::kDenied || error.kind == ErrorKind::kUnsupported;
    const auto others = speaks ? refused_.due(place->host) : std::nullopt;
    if (others) {
      LOG_WARN("net", "refused {}: {}{}", address, one_line(error.message), *others);
    } else {
      LOG_DEBUG("net", "no handshake with {}: {}", address, one_line(error.message));
    }
    shaking_hands_.erase(place);
    co_return;
  }
  proven_.splice(proven_.end(), shaking_hands_, place);
  const bool is_client = (*link)->peer().is_client();
  LOG_DEBUG("net", "{} {} from {}", is_client ? "client" : "peer", (*link)->peer().id.hex(), address);
  if (peer_host_ != nullptr && !is_client) {
    co_await peer_host_->host(std::move(*link));
  } else {
    co_await answer(std::move(*link), *place);
  }
  proven_.erase(place);
}

Task<void> ServerCore::answer(std::shared_ptr<Link> link, Session& session) {
  Requests requests(link, handler_, options_);
  session.requests = &requests;
  if (stopping_) requests.drain();
  const Error end = co_await serve(link, requests);
  LOG_DEBUG("net", "connection from {} ended: {}", link->peer().address.text, end.message);
  co_await requests.join();
}

Task<Error> ServerCore::serve(std::shared_ptr<Link> link, Requests& requests) {
  for (;;) {
    const auto frame = co_await link->receive(runtime::Loop::current()->now() + options_.idle_timeout);
    if (!frame) {
      if (frame.error().kind != ErrorKind::kTimeout) co_return frame.error();
      if (requests.working()) continue;
      const Error idle{ErrorKind::kTimeout, "nothing was heard for too long"};
      co_await link->close_with(idle);
      co_return idle;
    }
    if (auto taken = requests.take(*frame); !taken) {
      LOG_WARN("net", "{} at {}: {}", link->peer().id.hex(), link->peer().address.text, taken.error().message);
      co_await link->close_with(taken.error());
      co_return taken.error();
    }
  }
}

Task<void> ServerCore::stop(Duration grace) {
  runtime::Loop& loop = *runtime::Loop::current();
  runtime::TimerId timer = 0;
  if (!stopping_) {
    stopping_ = true;
    for (const auto& listener : listeners_) listener->close();
    for (Session& session : shaking_hands_) session.raw->close();
    for (Session& session : proven_) {
      if (session.requests != nullptr) session.requests->drain();
    }
    timer = loop.call_after(grace, [this] { cut_all(); });
  }
  co_await tasks_.join();
  if (timer != 0) loop.cancel(timer);
}

void ServerCore::cut_all() {
  for (Session& session : shaking_hands_) session.raw->close();
  for (Session& session : proven_) session.raw->close();
}

}  // namespace garage::net
