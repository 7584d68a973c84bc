#include "discovery/kubernetes_objects.hpp"

#include <fmt/format.h>

#include <limits>

#include "codec/iso_time.hpp"
#include "discovery/ip_literal.hpp"

namespace garage::discovery {
namespace {

using codec::Json;

constexpr size_t kNameShownMax = 80;

std::string_view text_at(const Json* object, std::string_view key) {
  const Json* value = object ? object->find(key) : nullptr;
  return value ? value->as_string().value_or("") : "";
}

Json property(std::string_view type, std::string_view format) {
  Json out = Json::object({{"type", type}});
  if (!format.empty()) out.set("format", format);
  return out;
}

Json spec_schema() {
  Json port = property("integer", "uint16");
  port.set("minimum", 0);
  return Json::object({{"type", "object"},
                       {"required", Json::array({"address", "hostname", "port"})},
                       {"properties", Json::object({{"hostname", property("string", "")},
                                                    {"address", property("string", "ip")},
                                                    {"port", std::move(port)}})}});
}

SeenEntry::Age age_of(WallTime renewed, WallTime now) {
  if (renewed >= now) return SeenEntry::Age::kFresh;  // written by a clock that is ahead
  const Duration age = std::chrono::milliseconds(now.unix_ms - renewed.unix_ms);
  if (age <= kEntryBelieved) return SeenEntry::Age::kFresh;
  return age <= kEntryKept ? SeenEntry::Age::kStale : SeenEntry::Age::kForgotten;
}

// The node, or why there is none.
Result<FoundNode> read_node(std::string_view name, const Json* spec) {
  const auto id = name.size() == 2 * NodeId::kSize ? NodeId::from_hex(name) : std::nullopt;
  if (!id) return fail(ErrorKind::kInvalid, "its name is no node id");
  const std::string_view address = text_at(spec, "address");
  if (!is_ip(address)) return fail(ErrorKind::kInvalid, "its address is no IP address");
  const Json* port = spec->find("port");
  const auto number = port ? port->as_uint64() : std::nullopt;
  if (!number || *number == 0 || *number > std::numeric_limits<uint16_t>::max())
    return fail(ErrorKind::kInvalid, "its port is none");
  return FoundNode{*id, join_host_port(address, static_cast<uint16_t>(*number))};
}

}  // namespace

Json crd() {
  Json schema = Json::object({{"type", "object"},
                              {"required", Json::array({"spec"})},
                              {"properties", Json::object({{"spec", spec_schema()}})}});
  Json version = Json::object({{"name", "v1"},
                               {"served", true},
                               {"storage", true},
                               {"schema", Json::object({{"openAPIV3Schema", std::move(schema)}})},
                               {"subresources", Json::object()}});
  Json names = Json::object({{"plural", "garagenodes"},
                             {"singular", "garagenode"},
                             {"kind", "GarageNode"},
                             {"listKind", "GarageNodeList"},
                             {"categories", Json::array()},
                             {"shortNames", Json::array()}});
  return Json::object({{"apiVersion", "apiextensions.k8s.io/v1"},
                       {"kind", "CustomResourceDefinition"},
                       {"metadata", Json::object({{"name", kCrdName}})},
                       {"spec", Json::object({{"group", "deuxfleurs.fr"},
                                              {"names", std::move(names)},
                                              {"scope", "Namespaced"},
                                              {"versions", Json::array({std::move(version)})}})}});
}

Json garage_node(const Announcement& self, const std::string& service, const std::optional<Pod>& pod, WallTime now) {
  Json metadata = Json::object({{"name", self.id.hex()}});
  metadata.set("labels", Json::object({{std::string(kServiceLabel), service}}));
  metadata.set("annotations", Json::object({{std::string(kRenewedAnnotation), codec::to_iso_time(now)}}));
  if (pod) {
    metadata.set(
        "ownerReferences",
        Json::array({Json::object({{"apiVersion", "v1"}, {"kind", "Pod"}, {"name", pod->name}, {"uid", pod->uid}})}));
  }
  return Json::object(
      {{"apiVersion", "deuxfleurs.fr/v1"},
       {"kind", "GarageNode"},
       {"metadata", std::move(metadata)},
       {"spec", Json::object({{"hostname", self.hostname}, {"address", self.ip}, {"port", self.port}})}});
}

SeenEntry read_entry(const Json& item, WallTime now) {
  SeenEntry out;
  const Json* metadata = item.find("metadata");
  out.name = text_at(metadata, "name");
  out.resource_version = resource_version_of(item);
  auto node = read_node(out.name, item.find("spec"));
  if (node) out.node = std::move(*node);
  if (!node) out.trouble = node.error().message;
  const Json* annotations = metadata ? metadata->find("annotations") : nullptr;
  const std::string_view renewed = text_at(annotations, kRenewedAnnotation);
  if (!renewed.empty()) {
    if (const auto time = codec::parse_iso_time(renewed)) {
      out.age = age_of(*time, now);
    } else {
      out.node.reset();
      out.trouble = fmt::format("its {} is no time", kRenewedAnnotation);
    }
  }
  if (!out.trouble.empty()) {
    std::string shown;
    for (const char c : out.name.substr(0, kNameShownMax)) shown.push_back(c < ' ' || c > '~' ? '?' : c);
    out.trouble = fmt::format("{}: {}", shown, out.trouble);
  }
  return out;
}

std::string resource_version_of(const Json& object) {
  return std::string(text_at(object.find("metadata"), "resourceVersion"));
}

}  // namespace garage::discovery
