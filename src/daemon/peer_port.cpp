#include "daemon/peer_port.hpp"

#include "admin/messages.hpp"
#include "base/log.hpp"

namespace garage::daemon {

PeerPort::PeerPort(env::Env& env, net::NodeKey key, Secret rpc_secret, net::HelloFacts facts, admin::Context context,
                   net::PeerHost& host, size_t connections_max)
    : context_(std::move(context)),
      server_(env, std::move(key), std::move(rpc_secret), std::move(facts), *this,
              {.connections_max = connections_max}) {
  server_.set_peer_host(host);
}

Task<Result<std::string>> PeerPort::handle(std::string operation, std::string payload, const net::PeerInfo& who) {
  LOG_DEBUG("admin", "{} {}", who.address.text, operation);
  co_return co_await admin::answer(context_, std::move(operation), std::move(payload));
}

}  // namespace garage::daemon
