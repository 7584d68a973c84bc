// GetObject and HeadObject: the same questions and headers; a HEAD has no body.
#include "api/body_stream.hpp"
#include "api/checksums.hpp"
#include "api/conditions.hpp"
#include "api/range.hpp"
#include "api/shown_object.hpp"
#include "s3/object_headers.hpp"
#include "s3/operations.hpp"
#include "s3/part_window.hpp"
#include "s3/reply.hpp"
#include "s3/version_id.hpp"

namespace garage::s3 {
namespace {

std::unexpected<api::ApiError> no_such_key(const Call& call) {
  api::ApiError error = api::make_error(api::ErrorCode::kNoSuchKey);
  error.key = call.address.key;
  error.headers.emplace_back("x-amz-delete-marker", "false");
  return std::unexpected(std::move(error));
}

// 304 and 412 show what the condition was judged on.
api::ApiResult<std::optional<http::Response>> judge_conditions(const Call& call, const object::Object& object) {
  API_TRY(const bool has_it, api::is_not_modified(call.headers(), object));
  if (!has_it) return std::nullopt;
  http::Response response = empty_reply(304);
  show_object(response.headers, call, object);
  return response;
}

struct Window {
  api::ByteRange range;
  bool partial = false;
  std::optional<PartWindow> part;
};

api::ApiResult<Window> choose_window(const Call& call, const object::Object& object,
                                     const std::vector<model::ObjectPart>& parts) {
  const uint64_t size = object.version.bytes;
  const auto part_number = call.query("partNumber");
  const auto range_header = api::range_that_counts(call.headers(), object.version.etag.text(), {object.modified_ms});
  if (part_number) {
    if (range_header) return api::api_fail(api::ErrorCode::kInvalidRequest, "Range and partNumber exclude each other");
    API_TRY(PartWindow part, find_part(object, parts, *part_number));
    const bool partial = part.bytes > 0;  // no range names nothing
    return Window{{part.offset, part.bytes}, partial, std::move(part)};
  }
  API_TRY(const auto range, api::resolve_range(range_header, size));
  if (range) return Window{*range, true, std::nullopt};
  return Window{{0, size}, false, std::nullopt};
}

void show_checksums(http::HeaderBlock& headers, const Call& call, const object::Object& object, const Window& window) {
  const auto mode = call.headers().get("x-amz-checksum-mode");
  if (!mode || (*mode != "ENABLED" && *mode != "enabled")) return;
  const bool whole = window.range.length == object.version.bytes;
  if (window.part && window.part->checksum) {
    const auto& part_checksum = *window.part->checksum;
    headers.add(api::checksum_header(part_checksum.algorithm), api::render_checksum(part_checksum.bytes));
    if (!object.version.checksums.empty()) {
      headers.add("x-amz-checksum-type", api::checksum_type_name(object.version.checksums.front().type));
    }
  } else if (whole) {
    add_checksum_headers(headers, object.version.checksums, object.version.etag.parts);
  }
}

Task<Reply> read_object(Call& call, bool with_body) {
  CO_API_CHECK_OK(require_null_version(call));
  if (call.headers().has("x-amz-server-side-encryption-customer-algorithm")) {
    co_return api::api_fail(api::ErrorCode::kInvalidRequest,
                            "The encryption parameters are not applicable to this object.");
  }
  auto& objects = call.backend.objects;
  for (int attempt = 0;; ++attempt) {
    CO_API_TRY(auto found, co_await objects.head(call.bucket_ref(), call.address.key));
    if (!found) co_return no_such_key(call);
    const object::Object& object = *found;
    CO_API_TRY(auto judged, judge_conditions(call, object));
    if (judged) co_return std::move(*judged);
    std::vector<model::ObjectPart> parts;
    if (call.query("partNumber")) {
      auto listed = co_await objects.parts_of(object);
      if (!listed && api::is_worth_another_look(listed.error(), attempt)) continue;
      CO_API_TRY(parts, std::move(listed));
    }
    CO_API_TRY(const Window window, choose_window(call, object, parts));

    http::Response response = empty_reply(window.partial ? 206 : 200);
    show_object(response.headers, call, object);
    if (window.partial) response.headers.add("content-range", api::content_range(window.range, object.version.bytes));
    // A copy in one piece keeps the entity tag of its source.
    if (window.part && object.version.is_multipart())
      response.headers.add("x-amz-mp-parts-count", object.version.etag.parts);
    show_checksums(response.headers, call, object, window);
    if (!with_body) {
      response.entity_length = window.range.length;
      co_return response;
    }
    auto opened = co_await api::open_body(response, objects, call.bucket_ref(), call.address.key, object, window.range);
    if (!opened && api::is_worth_another_look(opened.error(), attempt)) continue;
    if (!opened) co_return std::unexpected(api::from(opened.error()));
    co_return response;
  }
}

}  // namespace

Task<Reply> get_object(Call& call) {
  return read_object(call, true);
}
Task<Reply> head_object(Call& call) {
  return read_object(call, false);
}

}  // namespace garage::s3
