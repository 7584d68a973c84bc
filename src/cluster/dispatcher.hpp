// Who answers what other nodes ask: the part of an operation's name before its first '/' names the module. Operations
// without one are those of the admin API, which a node asks for another node's command line.
//
// Ownership: borrows the handlers, which are added before the first request. Threads: any.
#pragma once

#include <map>
#include <string>

#include "net/server.hpp"

namespace garage::cluster {

class Dispatcher : public net::RequestHandler {
 public:
  void add(std::string module, net::RequestHandler& handler) { handlers_[std::move(module)] = &handler; }
  void set_admin(net::RequestHandler& handler) { admin_ = &handler; }

  // kUnsupported where nobody answers such operations; kDenied for what a command line must not ask.
  Task<Result<std::string>> handle(std::string operation, std::string payload, const net::PeerInfo& who) override;

 private:
  std::map<std::string, net::RequestHandler*, std::less<>> handlers_;
  net::RequestHandler* admin_ = nullptr;
};

}  // namespace garage::cluster
