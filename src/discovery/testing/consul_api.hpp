// The part of Consul that discovery needs, by its documentation: ACL tokens, registration by node or agent, the
// catalog, its index.
#pragma once

#include "codec/percent.hpp"
#include "discovery/testing/api_world.hpp"

namespace garage::discovery::testing {

class ConsulApi : public StandIn {
 public:
  std::string token;                            // empty: none is needed
  std::string agent_address = "192.168.7.7";    // of the machine the agent runs on
  std::map<std::string, codec::Json> services;  // by datacenter and ID, as the catalog lists them
  uint64_t index = 1;                           // grows with each change

  void put(const std::string& id, codec::Json row, const std::string& datacenter = "dc1") {
    services.insert_or_assign(datacenter + "/" + id, std::move(row));
    ++index;
  }

 protected:
  Answer reply(http::Request& request, const std::string& body) override {
    if (!token.empty() && request.headers.get("x-consul-token") != token)
      return {403, codec::Json("Permission denied: token with AccessorID 'anonymous' lacks permission")};
    const std::string path(request.raw_path);
    if (request.method == http::Method::kGet) return list(path, std::string(request.raw_query));
    if (path == "/v1/catalog/register") return register_node(*codec::parse_json(body));
    if (path == "/v1/agent/service/register") return register_service(*codec::parse_json(body));
    if (path == "/v1/catalog/deregister") return remove(text(*codec::parse_json(body), "ServiceID"));
    const std::string prefix = "/v1/agent/service/deregister/";
    if (path.starts_with(prefix)) return remove(*codec::percent_decode(path.substr(prefix.size())));
    return {404, nullptr};
  }

 private:
  static std::string text(const codec::Json& object, std::string_view key) {
    const auto* value = object.find(key);
    return value ? std::string(value->as_string().value_or("")) : "";
  }
  Answer remove(const std::string& id) {
    if (services.erase("dc1/" + id) == 0) return {404, codec::Json("Unknown service ID")};
    ++index;
    return {200, true};
  }
  Answer register_node(const codec::Json& body) {
    const auto& service = *body.find("Service");
    if (text(body, "Node").empty() || text(body, "Address").empty())
      return {400, codec::Json("Must provide node and address")};
    put(text(service, "ID"), row(text(body, "Address"), service, text(service, "Service")));
    return {200, true};
  }
  Answer register_service(const codec::Json& body) {
    put(text(body, "ID"), row(agent_address, body, text(body, "Name")));
    return {200, nullptr};
  }
  static codec::Json row(const std::string& node_address, const codec::Json& service, const std::string& name) {
    return codec::Json::object({{"Address", node_address},
                                {"ServiceID", text(service, "ID")},
                                {"ServiceName", name},
                                {"ServiceAddress", text(service, "Address")},
                                {"ServicePort", *service.find("Port")},
                                {"ServiceTags", *service.find("Tags")},
                                {"ServiceMeta", *service.find("Meta")}});
  }
  Answer list(const std::string& path, const std::string& query) {
    const std::string prefix = "/v1/catalog/service/";
    if (!path.starts_with(prefix)) return {404, nullptr};
    const std::string name = path.substr(prefix.size());
    const std::string datacenter = query.starts_with("dc=") ? query.substr(3) : "dc1";
    if (datacenter == "nowhere") return {500, codec::Json("No path to datacenter")};
    codec::Json out = codec::Json::array();
    for (const auto& [key, service] : services) {
      if (key.starts_with(datacenter + "/") && text(service, "ServiceName") == name) out.push_back(service);
    }
    return {200, out};
  }
};

}  // namespace garage::discovery::testing
