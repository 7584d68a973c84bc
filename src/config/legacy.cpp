#include "config/legacy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/readers.hpp"

namespace garage::config {
namespace {

const Value* find(const Table& table, std::string_view name) {
  const auto it = std::ranges::find(table, name, &Member::name);
  return it == table.end() ? nullptr : &it->value;
}

struct Mode {
  std::string_view name;
  uint32_t factor;
  ConsistencyMode consistency;
};
constexpr std::array<Mode, 7> kModes = {{{"none", 1, ConsistencyMode::kConsistent},
                                         {"1", 1, ConsistencyMode::kConsistent},
                                         {"2", 2, ConsistencyMode::kConsistent},
                                         {"2-dangerous", 2, ConsistencyMode::kDangerous},
                                         {"3", 3, ConsistencyMode::kConsistent},
                                         {"3-degraded", 3, ConsistencyMode::kDegraded},
                                         {"3-dangerous", 3, ConsistencyMode::kDangerous}}};

Result<void> apply_replication_mode(const Table& document, const Value& value, Settings& settings) {
  if (find(document, "replication_factor") || find(document, "consistency_mode")) {
    return fail(ErrorKind::kInvalid,
                fmt::format("line {}: `replication_mode` cannot be used beside `replication_factor` and "
                            "`consistency_mode`: remove it",
                            value.line));
  }
  const std::string* name = value.as_text();
  const auto mode = std::ranges::find_if(kModes, [name](const Mode& known) { return name && known.name == *name; });
  if (mode == kModes.end()) {
    return fail(ErrorKind::kInvalid,
                fmt::format("line {}: `replication_mode` is of an older version and its value is not known: use "
                            "`replication_factor` and `consistency_mode`",
                            value.line));
  }
  settings.replication_factor = mode->factor;
  settings.consistency_mode = mode->consistency;
  return {};
}

// A text of the top level that moved to a section.
Result<void> move_text(const Table& document, std::string_view old_key, std::string& into) {
  const Value* value = find(document, old_key);
  if (!value) return {};
  auto text = read_text(*value);
  if (!text) return std::unexpected(text.error().within(fmt::format("line {}: `{}`", value->line, old_key)));
  into = std::move(*text);
  return {};
}

void warn_moved(const Table& document, std::string_view old_key, std::string_view new_key,
                std::vector<std::string>& warnings) {
  if (const Value* value = find(document, old_key)) {
    warnings.push_back(fmt::format("line {}: `{}` is of an older version: write `{}`", value->line, old_key, new_key));
  }
}

const Value* find_in(const Table& document, std::string_view section, std::string_view name) {
  const Value* value = find(document, section);
  const Table* members = value ? value->as_table() : nullptr;
  return members ? find(*members, name) : nullptr;
}

// Once they stood at the top.
Result<void> apply_admin_keys(const Table& document, AdminSettings& admin) {
  if (const Value* address = find(document, "api_bind_addr"); address && !find_in(document, "admin", "api_bind_addr")) {
    auto text = read_admin_address(*address);
    if (!text) return std::unexpected(text.error().within(fmt::format("line {}: `api_bind_addr`", address->line)));
    admin.api_bind_addr = std::move(*text);
  }
  if (const Value* sink = find(document, "trace_sink"); sink && !find_in(document, "admin", "trace_sink")) {
    CHECK_OK(move_text(document, "trace_sink", admin.trace_sink.emplace()));
  }
  return {};
}

}  // namespace

bool is_legacy_key(std::string_view key) {
  static constexpr std::array<std::string_view, 8> kKeys = {
      "replication_mode", "kubernetes_namespace", "kubernetes_service_name", "kubernetes_skip_crd",
      "consul_host",      "consul_service_name",  "api_bind_addr",           "trace_sink"};
  return std::ranges::find(kKeys, key) != kKeys.end();
}

Result<void> apply_legacy_keys(const Table& document, Settings& settings, std::vector<std::string>& warnings) {
  if (const Value* mode = find(document, "replication_mode")) {
    CHECK_OK(apply_replication_mode(document, *mode, settings));
    warn_moved(document, "replication_mode", "replication_factor", warnings);
  }
  if (!find(document, "kubernetes_discovery")) {
    KubernetesSettings& kubernetes = settings.kubernetes;
    CHECK_OK(move_text(document, "kubernetes_namespace", kubernetes.kubernetes_namespace));
    CHECK_OK(move_text(document, "kubernetes_service_name", kubernetes.service_name));
    if (const Value* skip = find(document, "kubernetes_skip_crd")) {
      TRY(kubernetes.skip_crd, read_bool(*skip));
    }
    kubernetes.present = !kubernetes.kubernetes_namespace.empty() && !kubernetes.service_name.empty();
  }
  warn_moved(document, "kubernetes_namespace", "kubernetes_discovery.namespace", warnings);
  warn_moved(document, "kubernetes_service_name", "kubernetes_discovery.service_name", warnings);
  warn_moved(document, "kubernetes_skip_crd", "kubernetes_discovery.skip_crd", warnings);
  if (!find(document, "consul_discovery")) {
    ConsulSettings& consul = settings.consul;
    std::string host;
    CHECK_OK(move_text(document, "consul_host", host));
    CHECK_OK(move_text(document, "consul_service_name", consul.service_name));
    if (!host.empty()) consul.consul_http_addr = "http://" + host;
    consul.present = !host.empty() && !consul.service_name.empty();
  }
  warn_moved(document, "consul_host", "consul_discovery.consul_http_addr", warnings);
  warn_moved(document, "consul_service_name", "consul_discovery.service_name", warnings);
  CHECK_OK(apply_admin_keys(document, settings.admin));
  warn_moved(document, "api_bind_addr", "admin.api_bind_addr", warnings);
  warn_moved(document, "trace_sink", "admin.trace_sink", warnings);
  return {};
}

}  // namespace garage::config
