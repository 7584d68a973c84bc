// What the sessions of one server share, and the list of them.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "net/handshake.hpp"
#include "net/server.hpp"
#include "runtime/seldom.hpp"
#include "runtime/task_group.hpp"

namespace garage::net {

class Requests;

class ServerCore {
 public:
  ServerCore(env::Network& network, NodeKey key, Secret rpc_secret, HelloFacts facts, RequestHandler& handler,
             ServerOptions options);
  ~ServerCore();

  void set_peer_host(PeerHost& host) { peer_host_ = &host; }
  Result<void> listen(env::Address address, env::ListenOptions options);
  std::vector<env::Address> addresses() const;
  Task<void> stop(Duration grace);
  size_t connections() const { return shaking_hands_.size() + proven_.size(); }

 private:
  struct Session {
    std::shared_ptr<env::Stream> raw;  // what to close, in whatever state the session is
    std::string host;                  // who dialled, without the port
    Requests* requests = nullptr;      // once it has proven itself, unless it is a node with a host
    bool cut = false;                  // to make room; leaves its list when its call returns
  };
  using Sessions = std::list<Session>;

  Result<std::shared_ptr<const Credentials>> credentials();
  Task<void> accept_loop(env::Listener& listener);
  // Room for one more from there? May cut a handshake.
  bool make_room(const std::string& host);
  // The longest waiting one that is not cut yet; from `host` alone, if one is given.
  void cut_handshake(const std::string* host);
  Task<void> run(std::shared_ptr<env::Stream> raw);
  Task<void> answer(std::shared_ptr<Link> link, Session& session);
  Task<Error> serve(std::shared_ptr<Link> link, Requests& requests);
  void cut_all();

  env::Network& network_;
  NodeKey key_;
  Secret rpc_secret_;
  HelloFacts facts_;
  RequestHandler& handler_;
  PeerHost* peer_host_ = nullptr;
  const ServerOptions options_;
  std::shared_ptr<const Credentials> credentials_;  // made by the first listen()
  std::vector<std::unique_ptr<env::Listener>> listeners_;
  Sessions shaking_hands_;  // the longest waiting first
  Sessions proven_;
  bool stopping_ = false;
  runtime::Seldom turned_away_, refused_, crowded_;  // for the log
  runtime::TaskGroup tasks_;
};

}  // namespace garage::net
