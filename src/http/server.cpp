#include "http/server.hpp"

#include <fmt/format.h>

#include "http/server_core.hpp"

namespace garage::http {

Response Handler::refuse(int status, std::string_view reason) {
  return Response::text(status, fmt::format("{} {}: {}\n", status, reason_phrase(status), reason));
}

Server::Server(env::Env& env, Handler& handler, ServerOptions options)
    : Server(env.clock, env.network, handler, std::move(options)) {}

Server::Server(runtime::Clock& clock, env::Network& network, Handler& handler, ServerOptions options)
    : core_(std::make_unique<ServerCore>(clock, network, handler, std::move(options))) {}

Server::~Server() = default;

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

}  // namespace garage::http
