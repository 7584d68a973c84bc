// The peer port of a node: accepts connections, makes them prove who they are, and answers their requests.
//
// Ownership: the owner keeps the handler alive and awaits stop() before it destroys the server (except when a world is
// dropped). Threads:   one loop, the one that called listen() first. Refusals are logged with address and reason; what
// is refused learns why, in general words.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"
#include "env/env.hpp"
#include "net/hello.hpp"
#include "net/identity.hpp"
#include "net/peer_info.hpp"
#include "telemetry/tracer.hpp"

namespace garage::net {

class RequestHandler {
 public:
  virtual ~RequestHandler() = default;
  // One call per request, many at a time. `who` outlives the returned task. An error travels to the asker as kind and
  // message, so it holds nothing that the asker must not see. Handlers bound their own waits; nobody interrupts them.
  virtual Task<Result<std::string>> handle(std::string operation, std::string payload, const PeerInfo& who) = 0;
};

class Link;

// Takes the connections of other nodes, on which both sides ask (dialogue.hpp).
class PeerHost {
 public:
  virtual ~PeerHost() = default;
  // Returns when the link has ended. The server may close it while it stops.
  virtual Task<void> host(std::shared_ptr<Link> link) = 0;
};

struct ServerOptions {
  Duration handshake_timeout = 10s;  // from accept to a verified HELLO
  Duration idle_timeout = 300s;      // without a frame and without a request in progress
  Duration write_timeout = 30s;      // for the peer to take one frame
  // When full, the longest waiting one that has not proven itself makes room; if all have, the newcomer is closed.
  size_t connections_max = 4096;
  // Of these, those that have not proven themselves, and so may be anybody's. Who comes when they are full cuts the
  // longest waiting one: of its own address where that has its share, else of all.
  size_t handshakes_max = 256;
  size_t handshakes_per_address_max = 32;
  size_t requests_per_connection_max = 64;  // more are answered kOverloaded
  // Of request bodies and answers in memory, per connection: while more are held, further bodies are answered
  // kOverloaded; those of up to 4 KiB while twice as much is held.
  size_t message_bytes_max = 64 * 1024 * 1024;
  telemetry::Tracer* tracer = nullptr;  // records what is asked within somebody else's trace
};

class ServerCore;

class Server {
 public:
  Server(env::Env& env, NodeKey key, Secret rpc_secret, HelloFacts facts, RequestHandler& handler,
         ServerOptions options = {});
  Server(env::Network& network, NodeKey key, Secret rpc_secret, HelloFacts facts, RequestHandler& handler,
         ServerOptions options = {});
  ~Server();

  // Before listen(). Without a host, nodes are answered as command lines are. Kept alive until stop() has returned.
  void set_peer_host(PeerHost& host);
  // May be called for several addresses. Starts accepting at once.
  Result<void> listen(env::Address address, env::ListenOptions options = {});
  // Where it really listens (port 0 was chosen by the system), in the order of listen().
  std::vector<env::Address> addresses() const;
  // Accepts nothing more, answers new requests kUnavailable, lets those in progress finish; after `grace` cuts what is
  // left. Resumes when every handler has returned.
  Task<void> stop(Duration grace = 10s);
  size_t connections() const;

 private:
  std::unique_ptr<ServerCore> core_;
};

}  // namespace garage::net
