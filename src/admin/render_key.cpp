#include "admin/render.hpp"
#include "codec/iso_time.hpp"

namespace garage::admin {
namespace {

Json texts(const auto& values) {
  Json out = Json::array();
  for (const auto& value : values) out.push_back(value);
  return out;
}

}  // namespace

Json date(uint64_t unix_ms) {
  return codec::to_iso_time({unix_ms});
}

Json date_or_null(std::optional<uint64_t> unix_ms) {
  return unix_ms ? date(*unix_ms) : Json();
}

Json key_info(const model::Directory& directory, const model::AccessKey& key, uint64_t now_ms, bool with_secret) {
  Json buckets = Json::array();
  for (const auto& bucket : directory.buckets()) {
    std::vector<std::string> local;
    for (const auto& [owner, alias] : bucket->local_aliases) {
      if (owner == key.id) local.push_back(alias);
    }
    const model::Permission permission = bucket->permission_of(key.id);
    if (!permission.any() && local.empty()) continue;
    buckets.push_back(Json::object(
        {{"id", bucket->id.hex()},
         {"globalAliases", texts(bucket->global_aliases)},
         {"localAliases", texts(local)},
         {"permissions",
          Json::object({{"read", permission.read}, {"write", permission.write}, {"owner", permission.owner}})}}));
  }
  Json out = Json::object({{"accessKeyId", key.id},
                           {"created", date(key.created_ms)},
                           {"name", key.name},
                           {"expiration", date_or_null(key.expires_ms)},
                           {"expired", key.expired(now_ms)}});
  if (with_secret) out.set("secretAccessKey", key.secret.reveal());
  out.set("permissions", Json::object({{"createBucket", key.may_create_buckets}}));
  out.set("buckets", std::move(buckets));
  return out;
}

}  // namespace garage::admin
