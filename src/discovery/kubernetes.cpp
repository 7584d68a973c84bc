#include "discovery/kubernetes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.hpp"
#include "codec/percent.hpp"
#include "env/host_and_port.hpp"
#include "env/small_file.hpp"
#include "runtime/sleep.hpp"

namespace garage::discovery {
namespace {

using codec::Json;

constexpr uint64_t kTokenBytesMax = 64 * 1024;
constexpr size_t kPageEntries = 500;
constexpr int kPagesMax = 20;
constexpr size_t kNodesMax = 1000;    // all of them are dialled
constexpr size_t kJsonDepthMax = 64;  // a list tells who set which field, which nests
constexpr size_t kUnusableShown = 3;
constexpr size_t kForgottenAtOnce = 16;
constexpr Duration kDefinitionSettles = 1s;  // until the API server serves what was just defined
constexpr std::string_view kDefinitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

Result<Secret> read_token(env::Disk& disk, const std::string& path) {
  auto text = env::read_file(disk, path, kTokenBytesMax);
  if (!text) {
    return std::unexpected(text.error().within(
        fmt::format("the service account's token {} (does the pod have automountServiceAccountToken: false?)", path)));
  }
  while (!text->empty() && (text->back() == '\n' || text->back() == ' ' || text->back() == '\r')) text->pop_back();
  return Secret(std::move(*text));
}

}  // namespace

std::optional<Endpoint> in_cluster_api_server(std::string host, std::string_view port) {
  const auto number = env::parse_port(port);
  if (host.empty() || number.value_or(0) == 0) return std::nullopt;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return Endpoint{.tls = true, .host = std::move(host), .port = *number, .prefix = ""};
}

Kubernetes::Kubernetes(env::Env& env, NodeId self, KubernetesOptions options)
    : env_(env), self_(self), options_(std::move(options)) {
  if (options_.place.api_server) {
    client_.emplace(env, *options_.place.api_server,
                    TrustFiles{.authorities = options_.place.credentials_dir + "/ca.crt"});
  }
  crd_settled_ = options_.skip_crd;
}

std::string Kubernetes::entries_path() const {
  return fmt::format("/apis/deuxfleurs.fr/v1/namespaces/{}/garagenodes",
                     codec::percent_encode(options_.kubernetes_namespace, false));
}

std::string Kubernetes::own_path() const {
  return entries_path() + "/" + self_.hex();
}

Task<Result<ApiAnswer>> Kubernetes::ask(std::string method, std::string target, std::string body) {
  if (!client_) {
    co_return fail(ErrorKind::kInvalid,
                   "this is no pod of a cluster: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set");
  }
  const std::string path = options_.place.credentials_dir + "/token";
  CO_TRY(const Secret token,
         co_await runtime::run_on(env_.pools.disk, [this, &path] { return read_token(env_.disk, path); }));
  ApiRequest request{.method = std::move(method), .target = std::move(target), .body = std::move(body)};
  request.headers.set("Authorization", fmt::format("Bearer {}", token.reveal()));
  CO_TRY(ApiAnswer answer, co_await client_->ask(std::move(request)));
  if (answer.status == 401) {
    co_return fail(ErrorKind::kDenied,
                   fmt::format("the API server does not accept the token in {}: {}", path, refusal_text(answer)));
  }
  co_return answer;
}

// By the clock of the API server, which all nodes share: by its own, a node whose clock is ahead would find nobody and
// delete everybody's entries.
WallTime Kubernetes::time_of(const ApiAnswer& answer) const {
  return answer.date.value_or(env_.clock.wall_now());
}

std::unexpected<Error> Kubernetes::refused(std::string_view what, const ApiAnswer& answer) const {
  const std::string said = refusal_text(answer);
  if (answer.status == 403) {
    return fail(ErrorKind::kDenied,
                fmt::format("the service account may not {} garagenodes in namespace {}: give it the Role of "
                            "deploy/kubernetes/rbac.yaml (the API server says: {})",
                            what, options_.kubernetes_namespace, said));
  }
  if (answer.status == 404) {
    return fail(
        ErrorKind::kNotFound,
        fmt::format("cannot {} garagenodes: the custom resource {} is not defined (yet){}{}, or namespace {} does "
                    "not exist. An administrator defines it once with `kubectl apply -f deploy/kubernetes/crd.yaml`",
                    what, kCrdName, crd_trouble_.empty() ? "" : ", and this node may not define it: ", crd_trouble_,
                    options_.kubernetes_namespace));
  }
  return fail(ErrorKind::kUnavailable, fmt::format("cannot {} garagenodes: {}", what, said));
}

Task<Result<void>> Kubernetes::ensure_crd() {
  if (crd_settled_) co_return Result<void>{};
  CO_TRY(const ApiAnswer found, co_await ask("GET", fmt::format("{}/{}", kDefinitions, kCrdName), {}));
  if (found.status == 404) co_return co_await create_crd();
  if (found.status == 403) {
    // A Role cannot give this right. Whether the definition is there shows at the first entry.
    crd_trouble_ = refusal_text(found);
    crd_settled_ = true;
  } else if (found.ok()) {
    crd_settled_ = true;
  } else {
    co_return fail(ErrorKind::kUnavailable, fmt::format("cannot read {}: {}", kCrdName, refusal_text(found)));
  }
  co_return Result<void>{};
}

Task<Result<void>> Kubernetes::create_crd() {
  CO_TRY(const ApiAnswer made, co_await ask("POST", std::string(kDefinitions), codec::to_json(crd())));
  if (made.ok()) {
    LOG_INFO("discovery", "Kubernetes: the custom resource {} was not defined; it is now", kCrdName);
    co_await runtime::sleep_for(kDefinitionSettles);
  }
  if (made.ok() || made.status == 409 || made.status == 403) {
    if (made.status == 403) crd_trouble_ = refusal_text(made);
    crd_settled_ = true;
    co_return Result<void>{};
  }
  co_return fail(ErrorKind::kUnavailable, fmt::format("cannot define {}: {}", kCrdName, refusal_text(made)));
}

Task<Result<void>> Kubernetes::publish(Announcement self) {
  CO_CHECK_OK(co_await ensure_crd());
  auto written = co_await write_entry(self);
  // Somebody wrote at the same time, or deleted it: what is there now is read anew.
  if (!written && written.error().kind == ErrorKind::kConflict) written = co_await write_entry(self);
  co_return written;
}

Task<Result<void>> Kubernetes::write_entry(Announcement self) {
  CO_TRY(const ApiAnswer found, co_await ask("GET", own_path(), {}));
  if (!found.ok() && found.status != 404) co_return refused("get", found);
  Json entry = garage_node(self, options_.service_name, options_.place.pod, time_of(found));
  const bool is_new = found.status == 404;
  if (!is_new) {
    CO_TRY(const Json old, codec::parse_json(found.body, kJsonDepthMax));
    Json metadata = *entry.find("metadata");
    metadata.set("resourceVersion", resource_version_of(old));
    entry.set("metadata", std::move(metadata));
  }
  std::string path = is_new ? entries_path() : own_path();
  CO_TRY(const ApiAnswer wrote, co_await ask(is_new ? "POST" : "PUT", std::move(path), codec::to_json(entry)));
  if (wrote.ok()) co_return Result<void>{};
  if (wrote.status == 409) co_return fail(ErrorKind::kConflict, refusal_text(wrote));
  if (wrote.status == 404 && !is_new) co_return fail(ErrorKind::kConflict, refusal_text(wrote));
  co_return refused(is_new ? "create" : "update", wrote);
}

Task<Result<Findings>> Kubernetes::look_up() {
  CO_CHECK_OK(co_await ensure_crd());
  const std::string selector = codec::percent_encode(fmt::format("{}={}", kServiceLabel, options_.service_name), false);
  Findings out;
  std::vector<SeenEntry> forgotten;
  std::string next;
  for (int page = 0; page < kPagesMax; ++page) {
    std::string target = fmt::format("{}?labelSelector={}&limit={}", entries_path(), selector, kPageEntries);
    if (!next.empty()) target += "&continue=" + codec::percent_encode(next, false);
    CO_TRY(const ApiAnswer answer, co_await ask("GET", std::move(target), {}));
    if (!answer.ok()) co_return refused("list", answer);
    CO_TRY(const Json list, codec::parse_json(answer.body, kJsonDepthMax));
    const Json* items = list.find("items");
    if (!items || !items->is_array()) co_return fail(ErrorKind::kCorrupt, "the list of garagenodes has no items");
    for (const Json& item : *items->as_array()) {
      SeenEntry entry = read_entry(item, time_of(answer));
      if (entry.name == self_.hex()) continue;
      if (entry.age == SeenEntry::Age::kForgotten) {
        forgotten.push_back(std::move(entry));
      } else if (!entry.node) {
        if (out.unusable.size() < kUnusableShown) out.unusable.push_back(std::move(entry.trouble));
      } else if (entry.age == SeenEntry::Age::kFresh && out.nodes.size() < kNodesMax) {
        out.nodes.push_back(std::move(*entry.node));
      }
    }
    const Json* metadata = list.find("metadata");
    const Json* more = metadata ? metadata->find("continue") : nullptr;
    next = more ? more->as_string().value_or("") : "";
    if (next.empty()) break;
  }
  std::ranges::sort(out.nodes);
  if (forgotten.size() > kForgottenAtOnce) forgotten.resize(kForgottenAtOnce);
  for (SeenEntry& entry : forgotten) co_await forget(std::move(entry));
  co_return out;
}

// Deleted only as it was seen: a node that is back and has renewed it keeps it.
Task<void> Kubernetes::forget(SeenEntry entry) {
  const Json body = Json::object({{"apiVersion", "v1"},
                                  {"kind", "DeleteOptions"},
                                  {"preconditions", Json::object({{"resourceVersion", entry.resource_version}})}});
  const auto gone = co_await ask(
      "DELETE", fmt::format("{}/{}", entries_path(), codec::percent_encode(entry.name, false)), codec::to_json(body));
  if (gone && gone->ok())
    LOG_INFO("discovery", "Kubernetes: deleted the entry {}, not renewed for an hour", entry.name);
  if (!gone || !gone->ok()) {
    LOG_DEBUG("discovery", "Kubernetes: the old entry {} stays: {}", entry.name,
              gone ? refusal_text(*gone) : gone.error().message);
  }
}

Task<Result<void>> Kubernetes::withdraw() {
  CO_TRY(const ApiAnswer gone, co_await ask("DELETE", own_path(), {}));
  if (gone.ok() || gone.status == 404) co_return Result<void>{};
  co_return refused("delete", gone);
}

}  // namespace garage::discovery
