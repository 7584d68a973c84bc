#include "api/checksums.hpp"
#include "s3/object_headers.hpp"
#include "s3/operations.hpp"
#include "s3/reply.hpp"
#include "s3/write_condition.hpp"

namespace garage::s3 {
namespace {

using crypto::ChecksumAlgorithm;
using crypto::ChecksumType;

struct UploadChecksum {
  std::optional<ChecksumAlgorithm> algorithm;
  ChecksumType type = ChecksumType::kComposite;
};

// Which pairs of algorithm and type exist; the type defaults to composite, except where only a full one can be.
api::ApiResult<UploadChecksum> upload_checksum(const api::EffectiveHeaders& headers) {
  UploadChecksum out;
  const auto name = headers.get("x-amz-checksum-algorithm");
  const auto type_name = headers.get("x-amz-checksum-type");
  if (!name) {
    if (type_name) {
      return api::api_fail(api::ErrorCode::kInvalidRequest, "x-amz-checksum-type needs x-amz-checksum-algorithm");
    }
    return out;
  }
  API_TRY(const auto algorithm, api::parse_checksum_algorithm(*name));
  out.algorithm = algorithm;
  const bool only_full = algorithm == ChecksumAlgorithm::kCrc64nvme;
  const bool only_composite = algorithm == ChecksumAlgorithm::kSha1 || algorithm == ChecksumAlgorithm::kSha256;
  out.type = only_full ? ChecksumType::kFullObject : ChecksumType::kComposite;
  if (type_name) {
    API_TRY(out.type, api::parse_checksum_type(*type_name));
  }
  if ((only_full && out.type != ChecksumType::kFullObject) ||
      (only_composite && out.type != ChecksumType::kComposite)) {
    return api::api_fail(api::ErrorCode::kInvalidRequest, "The " + std::string(api::checksum_type_name(out.type)) +
                                                              " checksum type cannot be used with the " +
                                                              std::string(api::checksum_name(algorithm)) +
                                                              " checksum algorithm.");
  }
  return out;
}

}  // namespace

Task<Reply> create_multipart_upload(Call& call) {
  CO_API_CHECK_OK(refuse_unbuilt_headers(call.headers()));
  CO_API_TRY(auto headers, headers_to_store(call.headers()));
  CO_API_TRY(const UploadChecksum checksum, upload_checksum(call.headers()));
  // Some clients send it with the first request, too, or only with that. A Complete decides it.
  CO_API_TRY(const WriteGuard guard, guard_write(call.headers()));
  CO_API_CHECK_OK(co_await check_early(call, guard));
  object::UploadRequest request{call.bucket_ref(),
                                call.address.key,
                                std::move(headers),
                                call.writer(),
                                checksum.algorithm,
                                checksum.type,
                                conditions_to_keep(call.headers())};
  auto upload = co_await call.backend.objects.create_upload(std::move(request));
  if (!upload) {
    if (upload.error().kind == ErrorKind::kNotFound) co_return api::api_fail(api::ErrorCode::kNoSuchBucket);
    co_return std::unexpected(api::from(upload.error()));
  }
  std::string body;
  codec::XmlWriter xml(body);
  open_document(xml, "InitiateMultipartUploadResult");
  xml.element("Bucket", call.address.bucket);
  xml.element("Key", call.address.key);
  xml.element("UploadId", model::upload_id_text(upload->id));
  xml.close();
  http::Response response = xml_reply(std::move(body));
  if (checksum.algorithm) {
    response.headers.add("x-amz-checksum-algorithm", api::checksum_name(*checksum.algorithm));
    response.headers.add("x-amz-checksum-type", api::checksum_type_name(checksum.type));
  }
  co_return response;
}

}  // namespace garage::s3
