#include "discovery/consul.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "codec/percent.hpp"

namespace garage::discovery {

Consul::Consul(env::Env& env, NodeId self, ConsulOptions options)
    : self_(self), options_(std::move(options)), client_(env, options_.endpoint, options_.trust) {}

Task<Result<ApiAnswer>> Consul::ask(std::string what, std::string method, std::string target, std::string body) {
  ApiRequest request{.method = std::move(method), .target = std::move(target), .body = std::move(body)};
  if (options_.token) request.headers.set("X-Consul-Token", options_.token->reveal());
  CO_TRY(ApiAnswer answer, co_await client_.ask(std::move(request)));
  if (answer.ok()) co_return answer;
  const std::string said = refusal_text(answer);
  if (answer.status == 403) {
    co_return fail(ErrorKind::kDenied,
                   fmt::format("cannot {}: consul_discovery.token must allow `service \"{}\"` to be written, and "
                               "services and nodes to be read ({})",
                               what, options_.service.name, said));
  }
  co_return fail(ErrorKind::kUnavailable, fmt::format("cannot {}: {}", what, said));
}

Task<Result<void>> Consul::publish(Announcement self) {
  const bool by_agent = options_.api == ConsulApi::kAgent;
  const std::string body = codec::to_json(by_agent ? agent_registration(self, options_.service)
                                                   : catalog_registration(self, options_.service));
  const std::string target = by_agent ? "/v1/agent/service/register?replace-existing-checks" : "/v1/catalog/register";
  CO_TRY([[maybe_unused]] const ApiAnswer answer, co_await ask("register this node", "PUT", target, body));
  co_return Result<void>{};
}

Task<Result<Findings>> Consul::look_up() {
  const std::string path = "/v1/catalog/service/" + codec::percent_encode(options_.service.name, false);
  std::vector<std::string> targets;
  for (const std::string& datacenter : options_.datacenters)
    targets.push_back(path + "?dc=" + codec::percent_encode(datacenter, false));
  if (targets.empty()) targets.push_back(path);
  Findings out;
  for (const std::string& target : targets) {
    CO_TRY(const ApiAnswer answer, co_await ask("list services", "GET", target, {}));
    CO_CHECK_OK(read_services(answer.body, self_, out));
  }
  std::ranges::sort(out.nodes);
  co_return out;
}

Task<Result<void>> Consul::withdraw() {
  const bool by_agent = options_.api == ConsulApi::kAgent;
  const std::string target = by_agent ? "/v1/agent/service/deregister/" + codec::percent_encode(consul_id(self_), false)
                                      : "/v1/catalog/deregister";
  const std::string body = by_agent ? std::string() : codec::to_json(catalog_deregistration(self_));
  CO_TRY([[maybe_unused]] const ApiAnswer answer, co_await ask("deregister this node", "PUT", target, body));
  co_return Result<void>{};
}

}  // namespace garage::discovery
