#include <optional>
#include <set>

#include "admin/bucket_rules.hpp"
#include "admin/render.hpp"

namespace garage::admin {
namespace {

constexpr size_t kUploadsPage = 1000;
// Beyond so many uploads their parts are not added up any more: the answer would take too long.
constexpr uint64_t kUploadsCountedMax = 10'000;

struct UploadTotals {
  uint64_t uploads = 0, parts = 0, bytes = 0;
};

Task<AdminResult<UploadTotals>> count_uploads(Context& context, object::BucketRef bucket) {
  UploadTotals out;
  object::UploadQuery query;
  query.bucket = bucket.id;
  query.spread = bucket.spread;
  query.items_max = kUploadsPage;
  for (;;) {
    CO_ADMIN_TRY(const auto page, co_await context.objects.list_uploads(query));
    for (const auto& upload : page.uploads) {
      auto parts = co_await context.objects.list_parts(bucket, upload.key, upload.id);
      if (!parts && parts.error().kind == ErrorKind::kNotFound) continue;  // ended meanwhile
      CO_ADMIN_CHECK_OK(parts);
      ++out.uploads;
      out.parts += parts->size();
      for (const auto& attempt : *parts) out.bytes += attempt.part.body.bytes;
    }
    if (!page.truncated || out.uploads >= kUploadsCountedMax) co_return out;
    query.key_marker = page.next_key_marker;
    query.upload_marker = page.next_upload_marker;
  }
}

Json keys_of(const model::Directory& directory, const model::Bucket& bucket) {
  std::set<std::string> ids;
  for (const auto& [id, permission] : bucket.permissions) {
    if (permission.any()) ids.insert(id);
  }
  for (const auto& local : bucket.local_aliases) ids.insert(local.first);
  Json out = Json::array();
  for (const std::string& id : ids) {
    const auto key = directory.key(id);
    const model::Permission permission = bucket.permission_of(id);
    Json aliases = Json::array();
    for (const auto& [owner, alias] : bucket.local_aliases) {
      if (owner == id) aliases.push_back(alias);
    }
    out.push_back(Json::object(
        {{"accessKeyId", id},
         {"name", key ? key->name : ""},
         {"permissions",
          Json::object({{"read", permission.read}, {"write", permission.write}, {"owner", permission.owner}})},
         {"bucketLocalAliases", std::move(aliases)}}));
  }
  return out;
}

Json number_or_null(std::optional<uint64_t> number) {
  return number ? Json(*number) : Json();
}

// Null: not known.
struct Counts {
  std::optional<object::BucketUsage> usage;
  std::optional<UploadTotals> uploads;
};

Task<AdminResult<Counts>> count_all(Context& context, object::BucketRef bucket) {
  CO_ADMIN_TRY(const auto usage, co_await context.objects.usage(bucket.id));
  Counts out{.usage = usage, .uploads = UploadTotals()};
  if (usage.unfinished_uploads > 0) {
    CO_ADMIN_TRY(out.uploads, co_await count_uploads(context, bucket));
  }
  co_return out;
}

// What can be told at once.
Task<Counts> count_cheaply(Context& context, object::BucketRef bucket) {
  Counts out;
  const auto usage = co_await context.objects.usage(bucket.id);
  if (!usage) co_return out;
  out.usage = *usage;
  if (usage->unfinished_uploads == 0) out.uploads.emplace();
  co_return out;
}

Json info_json(const model::Directory& directory, const model::Bucket& bucket, const Counts& counts) {
  Json aliases = Json::array();
  for (const auto& alias : bucket.global_aliases) aliases.push_back(alias);
  Json out = Json::object({{"id", bucket.id.hex()},
                           {"created", date(bucket.created_ms)},
                           {"globalAliases", std::move(aliases)},
                           {"websiteAccess", bucket.website.has_value()}});
  if (bucket.website) {
    const auto& error_document = bucket.website->error_document;
    const auto& rules = bucket.website->routing_rules;
    Json website = Json::object({{"indexDocument", bucket.website->index_document},
                                 {"errorDocument", error_document ? Json(*error_document) : Json()}});
    if (!rules.empty()) website.set("routingRules", routing_rules_json(rules));
    out.set("websiteConfig", std::move(website));
  }
  if (bucket.cors) out.set("corsRules", cors_rules_json(*bucket.cors));
  out.set("keys", keys_of(directory, bucket));
  const auto& [usage, uploads] = counts;
  out.set("objects", usage ? Json(usage->objects) : Json());
  out.set("bytes", usage ? Json(usage->bytes) : Json());
  out.set("unfinishedUploads", usage ? Json(usage->unfinished_uploads) : Json());
  out.set("unfinishedMultipartUploads", usage ? Json(usage->unfinished_uploads) : Json());
  out.set("unfinishedMultipartUploadParts", uploads ? Json(uploads->parts) : Json());
  out.set("unfinishedMultipartUploadBytes", uploads ? Json(uploads->bytes) : Json());
  out.set("quotas", Json::object({{"maxSize", number_or_null(bucket.quotas.bytes_max)},
                                  {"maxObjects", number_or_null(bucket.quotas.objects_max)}}));
  return out;
}

}  // namespace

Task<Reply> bucket_info(Context& context, BucketId id) {
  const auto directory = context.settings.directory();
  const auto bucket = directory->bucket(id);
  if (!bucket) co_return no_such_bucket(id.hex());
  CO_ADMIN_TRY(const auto counts, co_await count_all(context, object::BucketRef::of(*bucket)));
  co_return info_json(*directory, *bucket, counts);
}

Task<Json> changed_bucket_info(Context& context, BucketId id) {
  // The change may be on its replicas only.
  if (!context.settings.directory()->bucket(id)) (void)co_await context.settings.ask_about_bucket(id);
  const auto directory = context.settings.directory();
  const auto bucket = directory->bucket(id);
  if (!bucket) co_return Json::object({{"id", id.hex()}});
  const auto counts = co_await count_cheaply(context, object::BucketRef::of(*bucket));
  co_return info_json(*directory, *bucket, counts);
}

}  // namespace garage::admin
