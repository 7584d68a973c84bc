#include "discovery/consul_messages.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "discovery/ip_literal.hpp"

namespace garage::discovery {
namespace {

using codec::Json;

constexpr std::string_view kIdKey = "fr-deuxfleurs-garagehq-pubkey";
constexpr std::string_view kHostnameKey = "fr-deuxfleurs-garagehq-hostname";
constexpr std::string_view kOldIdKey = "pubkey";  // in NodeMeta, written by version 0.7
constexpr size_t kShortIdDigits = 16;
constexpr size_t kUnusableShown = 3;
constexpr uint64_t kPortMax = 65535;
constexpr size_t kNodesMax = 1000;  // each new one is compared with all, and dialled

std::string_view text_at(const Json* object, std::string_view key) {
  const Json* value = object ? object->find(key) : nullptr;
  return value ? value->as_string().value_or("") : "";
}

Json tags_of(const Announcement& self, const ConsulService& service) {
  Json tags = Json::array({"advertised-by-garage", self.hostname});
  for (const std::string& tag : service.tags) tags.push_back(tag);
  return tags;
}

Json meta_of(const Announcement& self, const ConsulService& service) {
  Json meta = Json::object();
  for (const auto& [key, value] : service.meta) meta.set(key, value);
  meta.set(kIdKey, self.id.hex());
  meta.set(kHostnameKey, self.hostname);
  return meta;
}

Result<FoundNode> read_service(const Json& item) {
  std::string_view text = text_at(item.find("ServiceMeta"), kIdKey);
  if (text.empty()) text = text_at(item.find("NodeMeta"), kOldIdKey);
  const auto id = NodeId::from_hex(text);
  if (!id) return fail(ErrorKind::kInvalid, fmt::format("there is no node id in its meta data ({})", kIdKey));
  // Address is where the node or agent is that registered it.
  std::string_view address = text_at(&item, "ServiceAddress");
  if (address.empty()) address = text_at(&item, "Address");
  if (!is_ip(address)) return fail(ErrorKind::kInvalid, "its address is no IP address");
  const Json* port = item.find("ServicePort");
  const auto number = port ? port->as_uint64() : std::nullopt;
  if (!number || *number == 0 || *number > kPortMax) return fail(ErrorKind::kInvalid, "its port is none");
  return FoundNode{*id, join_host_port(address, static_cast<uint16_t>(*number))};
}

std::string shown(std::string_view text) {
  std::string out(text.substr(0, 80));
  for (char& c : out) c = c < ' ' || c > '~' ? '?' : c;
  return out;
}

}  // namespace

std::string consul_id(const NodeId& id) {
  return "garage:" + id.hex().substr(0, kShortIdDigits);
}

Json catalog_registration(const Announcement& self, const ConsulService& service) {
  const std::string id = consul_id(self.id);
  return Json::object({{"Node", id},
                       {"Address", self.ip},
                       {"Service", Json::object({{"ID", id},
                                                 {"Service", service.name},
                                                 {"Tags", tags_of(self, service)},
                                                 {"Meta", meta_of(self, service)},
                                                 {"Address", self.ip},
                                                 {"Port", self.port}})}});
}

Json agent_registration(const Announcement& self, const ConsulService& service) {
  return Json::object({{"ID", consul_id(self.id)},
                       {"Name", service.name},
                       {"Tags", tags_of(self, service)},
                       {"Address", self.ip},
                       {"Port", self.port},
                       {"Meta", meta_of(self, service)}});
}

Json catalog_deregistration(const NodeId& id) {
  return Json::object({{"Node", consul_id(id)}, {"ServiceID", consul_id(id)}});
}

Result<void> read_services(std::string_view text, const NodeId& self, Findings& into) {
  const auto list = codec::parse_json(text);
  if (!list || !list->is_array()) return fail(ErrorKind::kCorrupt, "Consul's answer is no list of services");
  for (const Json& item : *list->as_array()) {
    if (into.nodes.size() >= kNodesMax) break;
    auto node = read_service(item);
    if (!node) {
      if (into.unusable.size() < kUnusableShown)
        into.unusable.push_back(fmt::format("{}: {}", shown(text_at(&item, "ServiceID")), node.error().message));
    } else if (node->id != self && std::ranges::find(into.nodes, *node) == into.nodes.end()) {
      into.nodes.push_back(std::move(*node));
    }
  }
  return {};
}

}  // namespace garage::discovery
