// HEAD and the opening of a GET.
#include <algorithm>
#include <utility>

#include "object/body_cursor.hpp"
#include "object/core.hpp"
#include "object/reader.hpp"

namespace garage::object {

Task<Result<std::optional<Object>>> Objects::head(BucketRef bucket, std::string key) {
  CO_TRY(auto row, co_await core_->objects->read(object_key(bucket, key)));
  if (!row || !row->value) co_return std::optional<Object>();
  CO_TRY(auto version, model::decode_object_version(*row->value));
  co_return Object{row->uuid, row->modified_ms, std::move(version), object_key(bucket, key)};
}

Task<Result<std::vector<model::ObjectPart>>> Objects::parts_of(Object object) {
  std::vector<model::ObjectPart> parts = std::move(object.version.parts);
  for (uint32_t page = 0; page < object.version.part_pages; ++page) {
    const std::string key = model::manifest_key(object.version.origin_or(object.uuid), page);
    CO_TRY(const auto encoded, co_await core_->beside(object.row_key, kv::Family::kManifest, key));
    if (!encoded) co_return fail(ErrorKind::kNotFound, "a page of parts is gone");
    CO_TRY(auto more, model::decode_part_page(key, *encoded));
    std::ranges::move(more, std::back_inserter(parts));
  }
  co_return parts;
}

Task<Result<std::unique_ptr<ObjectReader>>> Objects::open(BucketRef bucket, std::string key, Object object,
                                                          ByteRange range) {
  const uint64_t size = object.version.bytes;
  const uint64_t offset = std::min(range.offset, size);
  const uint64_t length = std::min(range.length, size - offset);

  std::vector<model::BodyPlace> bodies;
  const std::string row_key = object_key(bucket, key);
  Pins::Pin pin = core_->pins.pin(object.version.origin_or(object.uuid));
  if (object.version.is_multipart()) {
    CO_TRY(auto parts, co_await parts_of(std::move(object)));
    bodies.reserve(parts.size());
    for (auto& part : parts) bodies.push_back(std::move(part.body));
  } else {
    bodies.push_back(std::move(object.version.body));
  }
  if (bodies.size() == 1 && bodies[0].is_inline) {
    CO_TRY(auto bytes, co_await core_->beside(row_key, kv::Family::kInline, std::string(bodies[0].owner.view())));
    if (!bytes) co_return fail(ErrorKind::kNotFound, "replaced meanwhile");
    co_return make_memory_reader(
        Buffer(std::move(*bytes)).slice(static_cast<size_t>(offset), static_cast<size_t>(length)));
  }
  co_return make_block_reader(*core_, BodyCursor(*core_, row_key, std::move(bodies), offset, length), std::move(pin));
}

}  // namespace garage::object
