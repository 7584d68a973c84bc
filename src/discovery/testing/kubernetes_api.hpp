// The part of a Kubernetes API server that garagenodes need: tokens, rights, the definition, resource versions.
#pragma once

#include "discovery/kubernetes_objects.hpp"
#include "discovery/testing/api_world.hpp"

namespace garage::discovery::testing {

class KubernetesApi : public StandIn {
 public:
  std::string token = "first";
  bool may_read_definition = true, may_define = true, may_use_entries = true;
  bool defined = false;
  std::map<std::string, codec::Json> entries;
  size_t page_entries = 500;

  // As another node's garage (or somebody else) would have written it.
  void put(const std::string& name, codec::Json entry) {
    codec::Json metadata = *entry.find("metadata");
    metadata.set("name", name);
    metadata.set("resourceVersion", std::to_string(++version_));
    entry.set("metadata", std::move(metadata));
    entries.insert_or_assign(name, std::move(entry));
  }

 protected:
  static constexpr std::string_view kDefinition =
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/garagenodes.deuxfleurs.fr";
  static constexpr std::string_view kEntries = "/apis/deuxfleurs.fr/v1/namespaces/storage/garagenodes";

  static Answer say(int status, std::string message) {
    return {status, codec::Json::object({{"kind", "Status"}, {"message", std::move(message)}, {"code", status}})};
  }

  Answer reply(http::Request& request, const std::string& body) override {
    if (request.headers.get("authorization") != "Bearer " + token) return say(401, "Unauthorized");
    const std::string path(request.raw_path);
    if (path == kDefinition) return read_definition();
    if (kDefinition.starts_with(path)) return define();
    if (!path.starts_with(kEntries)) return say(404, "not found");
    if (!may_use_entries) return say(403, "garagenodes is forbidden");
    if (!defined) return say(404, "the server could not find the requested resource");
    const std::string name = path == kEntries ? "" : path.substr(kEntries.size() + 1);
    const auto found = entries.find(name);
    if (request.method == http::Method::kGet && name.empty()) return list(std::string(request.raw_query));
    if (request.method == http::Method::kPost) return create(*codec::parse_json(body));
    if (found == entries.end()) return say(404, "garagenodes \"" + name + "\" not found");
    if (request.method == http::Method::kPut) return update(name, *codec::parse_json(body));
    if (request.method == http::Method::kDelete) return remove(name, body);
    return {200, found->second};
  }

 private:
  Answer read_definition() {
    if (!may_read_definition) return say(403, "customresourcedefinitions is forbidden");
    return defined ? Answer{200, crd()} : say(404, "not found");
  }
  Answer define() {
    if (!may_define) return say(403, "customresourcedefinitions is forbidden");
    defined = true;
    return {201, crd()};
  }
  Answer create(const codec::Json& entry) {
    const std::string name(*entry.find("metadata")->find("name")->as_string());
    if (entries.contains(name)) return say(409, "already exists");
    put(name, entry);
    return {201, entries.at(name)};
  }
  Answer update(const std::string& name, const codec::Json& entry) {
    if (resource_version_of(entry) != resource_version_of(entries.at(name))) return say(409, "the object was modified");
    put(name, entry);
    return {200, entries.at(name)};
  }
  Answer remove(const std::string& name, const std::string& body) {
    if (!body.empty()) {
      const auto options = *codec::parse_json(body);
      const auto expected = options.find("preconditions")->find("resourceVersion")->as_string();
      if (expected != resource_version_of(entries.at(name))) return say(409, "precondition failed");
    }
    entries.erase(name);
    return {};
  }
  // In pages of page_entries; the place to go on is the name of the last entry.
  Answer list(const std::string& query) {
    if (query.find("labelSelector=garage.deuxfleurs.fr%2Fservice%3Dgarage") == std::string::npos)
      return say(400, query);
    const size_t mark = query.find("&continue=");
    const std::string after = mark == std::string::npos ? "" : query.substr(mark + 10);
    codec::Json items = codec::Json::array(), metadata = codec::Json::object();
    for (auto it = entries.upper_bound(after); it != entries.end(); ++it) {
      if (items.size() == page_entries) {
        metadata.set("continue", std::prev(it)->first);
        break;
      }
      items.push_back(it->second);
    }
    return {200, codec::Json::object({{"metadata", metadata}, {"items", items}})};
  }

  uint64_t version_ = 0;
};

}  // namespace garage::discovery::testing
