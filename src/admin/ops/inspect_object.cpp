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

}  // namespace

// Blocks are shown as far as the row itself names them; lists that are long lie in pages elsewhere.
Task<Reply> inspect_object(Context& context, Json request) {
  const Fields fields(request);
  CO_ADMIN_TRY(const auto id, fields.required_text("bucketId"));
  CO_ADMIN_TRY(const auto key, fields.required_text("key"));
  CO_ADMIN_TRY(const auto bucket, co_await bucket_by_id(context, id));
  CO_ADMIN_TRY(const auto object, co_await context.objects.head(object::BucketRef::of(*bucket), key));
  if (!object) co_return admin_fail("NoSuchKey", 404, "Object not found");
  const model::ObjectVersion& version = object->version;
  Json shown = Json::object({{"uuid", object->uuid.hex()},
                             {"timestamp", date(object->modified_ms)},
                             {"encrypted", false},
                             {"uploading", false},
                             {"aborted", false},
                             {"deleteMarker", false},
                             {"inline", version.body.is_inline},
                             {"size", version.bytes},
                             {"etag", version.etag.text()}});
  Json headers = Json::array();
  for (const auto& [name, value] : version.headers) headers.push_back(Json::array({name, value}));
  if (headers.size() > 0) shown.set("headers", std::move(headers));
  Json blocks = Json::array();
  if (version.is_multipart()) {
    CO_ADMIN_TRY(const auto parts, co_await context.objects.parts_of(*object));
    for (const auto& part : parts) add_blocks(blocks, part.number, part.body);
  } else {
    add_blocks(blocks, 1, version.body);
  }
  if (blocks.size() > 0) shown.set("blocks", std::move(blocks));
  co_return Json::object({{"bucketId", id}, {"key", key}, {"versions", Json::array({std::move(shown)})}});
}

}  // namespace garage::admin
