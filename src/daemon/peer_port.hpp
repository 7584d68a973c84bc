// The peer port of a node: operations of the admin API for command lines, and, by way of the mesh, for other nodes.
//
// Threads: the first loop. Ownership: the Node.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "admin/context.hpp"
#include "net/server.hpp"

namespace garage::daemon {

class PeerPort : public net::RequestHandler {
 public:
  // `host` takes the connections of other nodes.
  PeerPort(env::Env& env, net::NodeKey key, Secret rpc_secret, net::HelloFacts facts, admin::Context context,
           net::PeerHost& host, size_t connections_max);

  Result<void> listen(env::Address address) { return server_.listen(std::move(address)); }
  Task<void> stop(Duration grace) { return server_.stop(grace); }

  Task<Result<std::string>> handle(std::string operation, std::string payload, const net::PeerInfo& who) override;

 private:
  admin::Context context_;
  net::Server server_;
};

}  // namespace garage::daemon
