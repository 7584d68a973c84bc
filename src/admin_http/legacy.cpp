#include "admin_http/legacy.hpp"

#include <fmt/format.h>

#include <array>

namespace garage::admin_http {
namespace {

using admin::invalid_request;
using codec::Json;
using enum http::Method;

// Which of several calls of one method and path: those with an id, or those without.
enum class With : unsigned char { kAnything, kId, kNoId };

struct Call {
  http::Method method;
  std::string_view path;
  With with;
  std::string_view operation;
  bool in_v1, in_v0;
};

constexpr std::array<Call, 24> kCalls = {{
    {kGet, "/status", With::kAnything, "GetClusterStatus", false, false},
    {kGet, "/health", With::kAnything, "GetClusterHealth", true, false},
    {kPost, "/connect", With::kAnything, "ConnectClusterNodes", true, true},
    {kGet, "/layout", With::kAnything, "GetClusterLayout", true, false},
    {kPost, "/layout", With::kAnything, "UpdateClusterLayout", false, false},
    {kPost, "/layout/apply", With::kAnything, "ApplyClusterLayout", true, false},
    {kPost, "/layout/revert", With::kAnything, "RevertClusterLayout", true, true},
    {kGet, "/key", With::kId, "GetKeyInfo", true, true},
    {kGet, "/key", With::kNoId, "ListKeys", true, true},
    {kPost, "/key", With::kId, "UpdateKey", true, false},
    {kPost, "/key", With::kNoId, "CreateKey", true, true},
    {kPost, "/key/import", With::kAnything, "ImportKey", true, false},
    {kDelete, "/key", With::kAnything, "DeleteKey", false, false},
    {kGet, "/bucket", With::kId, "GetBucketInfo", true, true},
    {kGet, "/bucket", With::kNoId, "ListBuckets", true, true},
    {kPost, "/bucket", With::kAnything, "CreateBucket", true, true},
    {kPut, "/bucket", With::kAnything, "UpdateBucket", true, true},
    {kDelete, "/bucket", With::kAnything, "DeleteBucket", false, false},
    {kPost, "/bucket/allow", With::kAnything, "AllowBucketKey", true, true},
    {kPost, "/bucket/deny", With::kAnything, "DenyBucketKey", true, true},
    {kPut, "/bucket/alias/global", With::kAnything, "AddBucketAlias", true, true},
    {kDelete, "/bucket/alias/global", With::kAnything, "RemoveBucketAlias", true, true},
    {kPut, "/bucket/alias/local", With::kAnything, "AddBucketAlias", true, true},
    {kDelete, "/bucket/alias/local", With::kAnything, "RemoveBucketAlias", true, true},
}};

const Call* find_call(http::Method method, std::string_view path, bool has_id) {
  for (const Call& call : kCalls) {
    if (call.method != method || call.path != path) continue;
    if (call.with == With::kAnything || (call.with == With::kId) == has_id) return &call;
  }
  return nullptr;
}

// ?id=&alias=[&accessKeyId=] becomes the body of the operation.
admin::AdminResult<Json> alias_body(const Json& parameters, bool is_local) {
  Json out = Json::object();
  const auto move = [&](std::string_view from, std::string_view to) {
    const Json* value = parameters.find(from);
    if (value) out.set(to, *value);
    return value != nullptr;
  };
  if (!move("id", "bucketId")) return invalid_request("Missing query parameter `id`");
  if (!move("alias", is_local ? "localAlias" : "globalAlias"))
    return invalid_request("Missing query parameter `alias`");
  if (is_local && !move("accessKeyId", "accessKeyId")) return invalid_request("Missing query parameter `accessKeyId`");
  return out;
}

}  // namespace

admin::AdminResult<Endpoint> legacy_endpoint(LegacyVersion version, std::string_view path,
                                             const http::Request& request) {
  ADMIN_TRY(Json parameters, read_parameters(request.raw_query,
                                             {"id", "search", "globalAlias", "alias", "accessKeyId", "showSecretKey"}));
  const bool has_id = parameters.find("id") || parameters.find("search") || parameters.find("globalAlias");
  const Call* call = find_call(request.method, path, has_id);
  if (!call) return invalid_request("Unknown API endpoint");
  if (!(version == LegacyVersion::kV1 ? call->in_v1 : call->in_v0)) {
    return invalid_request(fmt::format("{} {} endpoint is no longer supported: use /v2/{}", request.method_text,
                                       request.raw_path, call->operation));
  }
  Endpoint out{.operation = std::string(call->operation), .takes_body = call->method == kPost || call->method == kPut};
  if (path.starts_with("/bucket/alias/")) {
    ADMIN_TRY(out.into_body, alias_body(parameters, path.ends_with("/local")));
    out.takes_body = false;
  } else {
    out.parameters = std::move(parameters);
    if (version == LegacyVersion::kV0 && call->operation == "GetKeyInfo") out.parameters.set("showSecretKey", "true");
  }
  return out;
}

}  // namespace garage::admin_http
