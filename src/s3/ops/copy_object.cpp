#include "api/checksums.hpp"
#include "api/tagging.hpp"
#include "codec/iso_time.hpp"
#include "s3/copy_source.hpp"
#include "s3/object_headers.hpp"
#include "s3/operations.hpp"
#include "s3/reply.hpp"
#include "s3/write_condition.hpp"

namespace garage::s3 {
namespace {

constexpr int kLooksMax = 3;
constexpr std::string_view kRedirect = "x-amz-website-redirect-location";

// COPY (the default) or REPLACE.
api::ApiResult<bool> replaces(const api::EffectiveHeaders& headers, std::string_view name) {
  const auto directive = headers.get(name);
  if (!directive || *directive == "COPY") return false;
  if (*directive == "REPLACE") return true;
  return api::api_fail(api::ErrorCode::kInvalidArgument, std::string(name) + " must be COPY or REPLACE");
}

// What is replaced comes from the request, the rest from the source.
struct Replaced {
  bool metadata = false;
  bool tags = false;
  // The redirect is never copied.
  bool includes(std::string_view name) const {
    return name == api::kTaggingHeader ? tags : metadata || name == kRedirect;
  }
};

api::ApiResult<StoredHeaders> target_headers(const Call& call, const CopySource& source, const Replaced& replaced) {
  API_TRY(auto given, headers_to_store(call.headers()));
  StoredHeaders out = source.object.version.headers;
  std::erase_if(out, [&](const auto& header) { return replaced.includes(header.first); });
  for (auto& header : given) {
    if (replaced.includes(header.first)) out.push_back(std::move(header));
  }
  return out;
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
  Replaced replaced;
  CO_API_TRY(replaced.metadata, replaces(call.headers(), "x-amz-metadata-directive"));
  CO_API_TRY(replaced.tags, replaces(call.headers(), "x-amz-tagging-directive"));
  CO_API_TRY(WriteGuard guard, guard_write(call.headers()));
  std::optional<crypto::ChecksumAlgorithm> checksum;
  if (const auto name = call.headers().get("x-amz-checksum-algorithm")) {
    CO_API_TRY(checksum, api::parse_checksum_algorithm(*name));
  }
  for (int attempt = 0;; ++attempt) {
    CO_API_TRY(CopySource source, co_await find_copy_source(call));
    const bool onto_itself = source.bucket->id == call.bucket->id && source.key == call.address.key;
    if (onto_itself && !replaced.metadata && !call.headers().has(kRedirect) &&
        !call.headers().has("x-amz-storage-class")) {
      co_return api::api_fail(
          api::ErrorCode::kInvalidRequest,
          "This copy request is illegal because it is trying to copy an object to itself without changing the "
          "object's metadata, storage class, website redirect location or encryption attributes.");
    }
    CO_API_TRY(auto headers, target_headers(call, source, replaced));
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
    const bool of_source = stored.error().kind == ErrorKind::kNotFound && !*guard.was_absent &&
                           call.backend.settings.directory()->bucket(call.bucket->id);
    if (!of_source) co_return std::unexpected(guard.explain(stored.error()));
    // The source was replaced while it was read: copy what is there now. If that was not it, its bytes are lost.
    if (attempt == kLooksMax) co_return std::unexpected(api::from(stored.error()));
  }
}

}  // namespace garage::s3
