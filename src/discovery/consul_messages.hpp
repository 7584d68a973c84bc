// What Consul is told and what it answers, as JSON. Pure: no network.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "codec/json.hpp"
#include "discovery/discovery.hpp"

namespace garage::discovery {

enum class ConsulApi : unsigned char { kCatalog, kAgent };

struct ConsulService {
  std::string name;
  std::vector<std::string> tags = {};            // besides our own
  std::map<std::string, std::string> meta = {};  // besides our own
};

// "garage:<short id>": the node of the catalog API, and the service of both.
std::string consul_id(const NodeId& id);
codec::Json catalog_registration(const Announcement& self, const ConsulService& service);
codec::Json agent_registration(const Announcement& self, const ConsulService& service);
codec::Json catalog_deregistration(const NodeId& id);

// Of GET /v1/catalog/service/<name>: the nodes other than `self`, and what is unusable. kCorrupt if it is no such list.
Result<void> read_services(std::string_view text, const NodeId& self, Findings& into);

}  // namespace garage::discovery
