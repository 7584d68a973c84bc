#include "api/checksums.hpp"
#include "codec/iso_time.hpp"
#include "s3/copy_source.hpp"
#include "s3/object_headers.hpp"
#include "s3/operations.hpp"
#include "s3/reply.hpp"
#include "s3/write_condition.hpp"

namespace garage::s3 {
namespace {

constexpr std::string_view kRedirect = "x-amz-website-redirect-location";

// COPY (the default) or REPLACE.
api::ApiResult<bool> replaces(const api::EffectiveHeaders& headers, std::string_view name) {
  const auto directive = headers.get(name);
  if (!directive || *directive == "COPY") return false;
  if (*directive == "REPLACE") return true;
  return api::api_fail(api::ErrorCode::kInvalidArgument, std::string(name) + " must be COPY or REPLACE");
}

api::ApiResult<StoredHeaders> target_headers(const Call& call, const CopySource& source, bool replace) {
  API_TRY(auto given, headers_to_store(call.headers()));
  if (replace) return given;
  StoredHeaders kept = source.object.version.headers;
  // The redirect is never copied: it comes from the request.
  std::erase_if(kept, [](const auto& header) { return header.first == kRedirect; });
  for (auto& header : given) {
    if (header.first == kRedirect) kept.push_back(std::move(header));
  }
  return kept;
}

std::string copy_result(std::string_view root, const object::Stored& stored) {
  std::string body;
  codec::XmlWriter xml(body);
  open_document(xml, root);
  xml.element("LastModified", codec::to_iso_time({stored.modified_ms}));
  xml.element("ETag", quoted_etag(stored.etag));
  write_checksums(xml, stored.checksums, stored.etag.parts);
  xml.close();
  return body;
}

}  // namespace

Task<Reply> copy_object(Call& call) {
  CO_API_CHECK_OK(refuse_unbuilt_headers(call.headers()));
  CO_API_TRY(const bool replace, replaces(call.headers(), "x-amz-metadata-directive"));
  CO_API_TRY([[maybe_unused]] const bool replace_tags, replaces(call.headers(), "x-amz-tagging-directive"));
  CO_API_TRY(WriteGuard guard, guard_write(call.headers()));
  std::optional<crypto::ChecksumAlgorithm> checksum;
  if (const auto name = call.headers().get("x-amz-checksum-algorithm")) {
    CO_API_TRY(checksum, api::parse_checksum_algorithm(*name));
  }
  for (int attempt = 0;; ++attempt) {
    CO_API_TRY(CopySource source, co_await find_copy_source(call));
    const bool onto_itself = source.bucket->id == call.bucket->id && source.key == call.address.key;
    if (onto_itself && !replace && !call.headers().has(kRedirect) && !call.headers().has("x-amz-storage-class")) {
      co_return api::api_fail(
          api::ErrorCode::kInvalidRequest,
          "This copy request is illegal because it is trying to copy an object to itself without changing the "
          "object's metadata, storage class, website redirect location or encryption attributes.");
    }
    CO_API_TRY(auto headers, target_headers(call, source, replace));
    CO_API_CHECK_OK(co_await check_early(call, guard));
    object::CopyRequest request;
    request.source = std::move(source.object);
    request.target.bucket = call.bucket_ref();
    request.target.key = call.address.key;
    request.target.headers = std::move(headers);
    request.target.writer = call.writer();
    request.target.checksum = checksum;
    request.target.condition = guard.condition;
    auto stored = co_await call.backend.objects.copy(std::move(request));
    if (stored) co_return xml_reply(copy_result("CopyObjectResult", *stored));
    // The source was replaced while it was read: copy what is there now.
    const bool moved_on = stored.error().kind == ErrorKind::kNotFound && !*guard.was_absent && attempt < 3 &&
                          call.backend.settings.directory()->bucket(call.bucket->id);
    if (!moved_on) co_return std::unexpected(guard.explain(stored.error()));
  }
}

}  // namespace garage::s3
