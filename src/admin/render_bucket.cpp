#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "admin/bucket_rules.hpp"
#include "admin/render.hpp"
#include "runtime/task_group.hpp"

namespace garage::admin {
namespace {

constexpr size_t kUploadsPage = 1000;
// Of so many uploads at once the parts are asked for: other nodes may be far, and one upload has up to 10 000 parts.
constexpr size_t kUploadsAtOnce = 8;

// Beyond these the parts are not added up any more: the answer would take too long.
struct CountBounds {
  uint64_t uploads = 0, parts = UINT64_MAX;
};
constexpr CountBounds kForInfo{.uploads = 10'000};
constexpr CountBounds kForChange{.uploads = 100, .parts = 20'000};

struct UploadTotals {
  uint64_t uploads = 0, parts = 0, bytes = 0;
};

Task<void> add_parts(Context& context, object::BucketRef bucket, std::string key, Uuid upload, UploadTotals& totals,
                     std::optional<Error>& failure) {
  const auto parts = co_await context.objects.list_parts(bucket, std::move(key), upload);
  if (!parts) {
    const bool ended_meanwhile = parts.error().kind == ErrorKind::kNotFound;
    if (!ended_meanwhile) failure = parts.error();
    co_return;
  }
  ++totals.uploads;
  totals.parts += parts->size();
  for (const auto& attempt : *parts) totals.bytes += attempt.part.body.bytes;
}

// Those up to the bounds, and a page more.
Task<Result<UploadTotals>> count_uploads(Context& context, object::BucketRef bucket, CountBounds bounds) {
  UploadTotals out;
  object::UploadQuery query;
  query.bucket = bucket.id;
  query.spread = bucket.spread;
  query.items_max = std::min<size_t>(kUploadsPage, bounds.uploads);
  for (;;) {
    CO_TRY(const auto page, co_await context.objects.list_uploads(query));
    for (size_t begin = 0; begin < page.uploads.size() && out.parts <= bounds.parts; begin += kUploadsAtOnce) {
      std::optional<Error> failure;
      runtime::TaskGroup asking;
      for (size_t i = begin; i < std::min(begin + kUploadsAtOnce, page.uploads.size()); ++i)
        asking.spawn(add_parts(context, bucket, page.uploads[i].key, page.uploads[i].id, out, failure));
      co_await asking.join();
      if (failure) co_return std::unexpected(std::move(*failure));
    }
    if (!page.truncated || out.uploads >= bounds.uploads || out.parts > bounds.parts) co_return out;
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

// Null: not known, or too many.
struct Counts {
  std::optional<object::BucketUsage> usage;
  std::optional<UploadTotals> uploads;
};

Task<AdminResult<Counts>> count_all(Context& context, object::BucketRef bucket) {
  CO_ADMIN_TRY(const auto usage, co_await context.objects.usage(bucket.id));
  Counts out{.usage = usage, .uploads = UploadTotals()};
  if (usage.unfinished_uploads > 0) {
    CO_ADMIN_TRY(out.uploads, co_await count_uploads(context, bucket, kForInfo));
  }
  co_return out;
}

// What can be told soon, for a change that was made already.
Task<Counts> count_some(Context& context, object::BucketRef bucket) {
  Counts out;
  const auto usage = co_await context.objects.usage(bucket.id);
  if (!usage) co_return out;
  out.usage = *usage;
  if (usage->unfinished_uploads == 0) out.uploads.emplace();
  if (usage->unfinished_uploads == 0 || usage->unfinished_uploads > kForChange.uploads) co_return out;
  const auto uploads = co_await count_uploads(context, bucket, kForChange);
  if (uploads && uploads->parts <= kForChange.parts) out.uploads = *uploads;
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
  const auto counts = co_await count_some(context, object::BucketRef::of(*bucket));
  co_return info_json(*directory, *bucket, counts);
}

}  // namespace garage::admin
