// InspectObject
#include "admin/fields.hpp"
#include "admin/render.hpp"

namespace garage::admin {
namespace {

void add_blocks(Json& out, uint32_t part_number, const model::BodyPlace& body) {
  uint64_t offset = 0;
  for (const auto& block : body.blocks) {
    out.push_back(Json::object(
        {{"partNumber", part_number}, {"offset", offset}, {"hash", block.hash.hex()}, {"size", block.bytes}}));
    offset += block.bytes;
  }
}

void set_unless_empty(Json& shown, std::string_view name, Json list) {
  if (list.size() > 0) shown.set(name, std::move(list));
}

Json headers_json(const std::vector<std::pair<std::string, std::string>>& headers) {
  Json out = Json::array();
  for (const auto& [name, value] : headers) out.push_back(Json::array({name, value}));
  return out;
}

// Of a version or, with neither size nor tag yet, of an upload that is open. What was aborted is soon forgotten.
Json version_json(const Uuid& uuid, uint64_t since_ms, const std::vector<std::pair<std::string, std::string>>& headers,
                  bool uploading, bool is_inline, Json size, Json etag) {
  Json shown = Json::object({{"uuid", uuid.hex()},
                             {"timestamp", date(since_ms)},
                             {"encrypted", false},
                             {"uploading", uploading},
                             {"aborted", false},
                             {"deleteMarker", false},
                             {"inline", is_inline},
                             {"size", std::move(size)},
                             {"etag", std::move(etag)}});
  set_unless_empty(shown, "headers", headers_json(headers));
  return shown;
}

Task<Reply> stored_json(Context& context, object::Object object) {
  const model::ObjectVersion& version = object.version;
  Json shown = version_json(object.uuid, object.modified_ms, version.headers, false, version.body.is_inline,
                            version.bytes, version.etag.text());
  Json blocks = Json::array();
  if (version.is_multipart()) {
    CO_ADMIN_TRY(const auto parts, co_await context.objects.parts_of(object));
    for (const auto& part : parts) add_blocks(blocks, part.number, part.body);
  } else {
    add_blocks(blocks, 1, version.body);
  }
  set_unless_empty(shown, "blocks", std::move(blocks));
  co_return shown;
}

Task<Reply> upload_json(Context& context, object::BucketRef bucket, model::Upload upload) {
  Json shown = version_json(upload.id, upload.initiated_ms, upload.headers, true, false, nullptr, nullptr);
  const auto parts = co_await context.objects.list_parts(bucket, upload.key, upload.id);
  if (!parts && parts.error().kind == ErrorKind::kNotFound) co_return Json();  // it has ended meanwhile
  CO_ADMIN_CHECK_OK(parts);
  Json blocks = Json::array();
  for (const auto& attempt : *parts) add_blocks(blocks, attempt.part.number, attempt.part.body);
  set_unless_empty(shown, "blocks", std::move(blocks));
  co_return shown;
}

// Of one key; of very many the first.
Task<AdminResult<std::vector<model::Upload>>> open_uploads(Context& context, object::BucketRef bucket,
                                                           std::string key) {
  object::UploadQuery query;
  query.bucket = bucket.id;
  query.spread = bucket.spread;
  query.prefix = key;  // the key itself comes first
  CO_ADMIN_TRY(auto page, co_await context.objects.list_uploads(query));
  std::erase_if(page.uploads, [&key](const model::Upload& upload) { return upload.key != key; });
  co_return std::move(page.uploads);
}

}  // namespace

// The current version, then open uploads. Blocks are shown as far as the row itself names them; lists that are long lie
// in pages elsewhere.
Task<Reply> inspect_object(Context& context, Json request) {
  const Fields fields(request);
  CO_ADMIN_TRY(const auto id, fields.required_text("bucketId"));
  CO_ADMIN_TRY(const auto key, fields.required_text("key"));
  CO_ADMIN_TRY(const auto bucket, co_await bucket_by_id(context, id));
  const auto ref = object::BucketRef::of(*bucket);
  Json versions = Json::array();
  CO_ADMIN_TRY(const auto object, co_await context.objects.head(ref, key));
  if (object) {
    CO_ADMIN_TRY(Json shown, co_await stored_json(context, *object));
    versions.push_back(std::move(shown));
  }
  CO_ADMIN_TRY(const auto uploads, co_await open_uploads(context, ref, key));
  for (const auto& upload : uploads) {
    CO_ADMIN_TRY(Json shown, co_await upload_json(context, ref, upload));
    if (!shown.is_null()) versions.push_back(std::move(shown));
  }
  if (versions.size() == 0) co_return admin_fail("NoSuchKey", 404, "Object not found");
  co_return Json::object({{"bucketId", id}, {"key", key}, {"versions", std::move(versions)}});
}

}  // namespace garage::admin
