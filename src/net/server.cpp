#include "net/server.hpp"

#include "net/server_core.hpp"

namespace garage::net {

Server::Server(env::Env& env, NodeKey key, Secret rpc_secret, HelloFacts facts, RequestHandler& handler,
               ServerOptions options)
    : Server(env.network, std::move(key), std::move(rpc_secret), std::move(facts), handler, options) {}

Server::Server(env::Network& network, NodeKey key, Secret rpc_secret, HelloFacts facts, RequestHandler& handler,
               ServerOptions options)
    : core_(std::make_unique<ServerCore>(network, std::move(key), std::move(rpc_secret), std::move(facts), handler,
                                         options)) {}

Server::~Server() = default;

void Server::set_peer_host(PeerHost& host) {
  core_->set_peer_host(host);
}

Result<void> Server::listen(env::Address address, env::ListenOptions options) {
  return core_->listen(std::move(address), options);
}

std::vector<env::Address> Server::addresses() const {
  return core_->addresses();
}

Task<void> Server::stop(Duration grace) {
  return core_->stop(grace);
}

size_t Server::connections() const {
  return core_->connections();
}

}  // namespace garage::net
