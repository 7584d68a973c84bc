// Discovery through Consul: each node registers itself as an instance of one service, by the catalog API of a server or
// by the agent API of its own machine, and reads the catalog for the others.
#pragma once

#include <string>
#include <vector>

#include "base/secret.hpp"
#include "discovery/api_client.hpp"
#include "discovery/consul_messages.hpp"
#include "discovery/discovery.hpp"

namespace garage::discovery {

struct ConsulOptions {
  ConsulApi api = ConsulApi::kCatalog;
  Endpoint endpoint;
  TrustFiles trust = {};
  std::optional<Secret> token = {};
  ConsulService service;
  std::vector<std::string> datacenters = {};  // to look in; empty: the local one
};

class Consul final : public Discovery {
 public:
  Consul(env::Env& env, NodeId self, ConsulOptions options);

  std::string_view name() const override { return "Consul"; }
  Task<Result<void>> publish(Announcement self) override;
  Task<Result<Findings>> look_up() override;
  Task<Result<void>> withdraw() override;

 private:
  // kDenied, kUnavailable: the refusal, in words, that `what` was answered with.
  Task<Result<ApiAnswer>> ask(std::string what, std::string method, std::string target, std::string body);

  const NodeId self_;
  const ConsulOptions options_;
  ApiClient client_;
};

}  // namespace garage::discovery
