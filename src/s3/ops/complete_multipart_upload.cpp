#include <algorithm>
#include <cstring>

#include "api/checksums.hpp"
#include "api/conditions.hpp"
#include "base/hex.hpp"
#include "s3/document.hpp"
#include "s3/numbers.hpp"
#include "s3/operations.hpp"
#include "s3/part_window.hpp"
#include "s3/reply.hpp"
#include "s3/upload_id.hpp"
#include "s3/write_condition.hpp"

namespace garage::s3 {
namespace {

constexpr size_t kDocumentBytesMax = 8 << 20;  // 10 000 parts with all their checksums

std::optional<model::Md5Bytes> md5_of(std::string_view etag) {
  const auto raw = from_hex(api::unquote_etag(etag));
  model::Md5Bytes md5;
  if (!raw || raw->size() != md5.size()) return std::nullopt;
  std::memcpy(md5.data(), raw->data(), md5.size());
  return md5;
}

// Of a composite one clients may or may not send the number of parts behind it.
std::string_view without_part_count(std::string_view text) {
  return text.substr(0, text.find('-'));
}

// What it would prove is not checked.
api::ApiResult<void> refuse_unknown_checksum(const codec::XmlNode& node) {
  const bool is_value = node.name().starts_with("Checksum") && node.name() != "ChecksumType" &&
                        node.name() != "ChecksumAlgorithm" && !node.text().empty();
  if (!is_value || std::ranges::find(api::kChecksumAlgorithms, node.name(), api::checksum_xml_name) !=
                       std::end(api::kChecksumAlgorithms)) {
    return {};
  }
  return api::api_fail(api::ErrorCode::kInvalidRequest, "The checksum " + node.name() + " is not supported.");
}

api::ApiResult<object::CompletePart> read_part(const codec::XmlNode& node) {
  object::CompletePart part;
  const auto number = node.text_of("PartNumber"), etag = node.text_of("ETag");
  if (!number || !etag) return api::api_fail(api::ErrorCode::kMalformedXml);
  const auto parsed = parse_number(*number);
  if (!parsed || *parsed < 1 || *parsed > kPartNumberMax) return api::api_fail(api::ErrorCode::kInvalidPart);
  part.number = static_cast<uint32_t>(*parsed);
  part.md5 = md5_of(*etag);
  for (const auto algorithm : api::kChecksumAlgorithms) {
    const auto text = node.text_of(api::checksum_xml_name(algorithm));
    if (!text || text->empty()) continue;
    API_TRY(auto raw, api::parse_checksum_value(algorithm, *text));
    part.checksums.push_back({algorithm, crypto::ChecksumType::kFullObject, std::move(raw)});
  }
  for (const auto& child : node.children()) API_CHECK_OK(refuse_unknown_checksum(child));
  return part;
}

api::ApiResult<void> read_expectations(const api::EffectiveHeaders& headers, object::CompleteRequest& request) {
  if (const auto size = headers.get("x-amz-mp-object-size")) {
    request.expected_bytes = parse_number(*size);
    if (!request.expected_bytes)
      return api::api_fail(api::ErrorCode::kInvalidRequest, "x-amz-mp-object-size is not a number");
  }
  if (const auto type = headers.get("x-amz-checksum-type")) {
    API_TRY(request.expected_type, api::parse_checksum_type(*type));
  }
  API_TRY(const auto given, api::find_checksum_header(headers));
  if (given) {
    API_TRY(auto raw, api::parse_checksum_value(given->algorithm, without_part_count(given->value)));
    request.expected_checksum = model::Checksum{given->algorithm, crypto::ChecksumType::kFullObject, std::move(raw)};
  }
  return {};
}

api::ApiError explain(const object::Completed& refused) {
  const auto error = [&refused](api::ErrorCode code) {
    api::ApiError out = api::make_error(code);
    out.detail = refused.problem_detail;
    return out;
  };
  switch (refused.problem) {
    case object::CompleteProblem::kInvalidPart:
      return error(api::ErrorCode::kInvalidPart);
    case object::CompleteProblem::kInvalidPartOrder:
      return error(api::ErrorCode::kInvalidPartOrder);
    case object::CompleteProblem::kEntityTooSmall:
      return error(api::ErrorCode::kEntityTooSmall);
    case object::CompleteProblem::kBadDigest:
      return error(api::ErrorCode::kBadDigest);
    case object::CompleteProblem::kOtherChecksum:
      return api::make_error(api::ErrorCode::kInvalidRequest,
                             "The upload was created for another checksum algorithm than that of the given checksum.");
    case object::CompleteProblem::kOtherChecksumType:
      return api::make_error(api::ErrorCode::kInvalidRequest,
                             "The upload was created for another checksum type than the given one.");
    case object::CompleteProblem::kWrongSize:
      return api::make_error(api::ErrorCode::kInvalidRequest,
                             "The size of the object is not x-amz-mp-object-size: " + refused.problem_detail);
    case object::CompleteProblem::kNone:
      break;
  }
  return {};
}

}  // namespace

Task<Reply> complete_multipart_upload(Call& call) {
  CO_API_TRY(const Uuid upload_id, upload_id_of(call));
  CO_API_TRY(const codec::XmlNode root,
             co_await read_completion_xml(call, "CompleteMultipartUpload", kDocumentBytesMax));
  object::CompleteRequest request;
  request.bucket = call.bucket_ref();
  request.key = call.address.key;
  request.upload = upload_id;
  for (const auto* node : root.children("Part")) {
    CO_API_TRY(auto part, read_part(*node));
    request.parts.push_back(std::move(part));
  }
  if (request.parts.empty()) co_return api::api_fail(api::ErrorCode::kMalformedXml);
  CO_API_CHECK_OK(read_expectations(call.headers(), request));
  CO_API_TRY(WriteGuard guard, guard_write(call.headers()));
  request.condition = guard.condition;
  request.condition_of_upload = [guard,
                                 decides = call.backend.options.decides_conditions](const model::Upload& upload) {
    return kept_condition(upload.conditions, guard, decides);
  };

  auto completed = co_await call.backend.objects.complete_upload(std::move(request));
  if (!completed) {
    const bool no_upload = completed.error().kind == ErrorKind::kNotFound && !*guard.was_absent &&
                           call.backend.settings.directory()->bucket(call.bucket->id);
    if (no_upload) co_return no_such_upload(call);
    co_return std::unexpected(guard.explain(completed.error()));
  }
  if (completed->problem != object::CompleteProblem::kNone) co_return std::unexpected(explain(*completed));

  const auto& stored = completed->stored;
  std::string body;
  codec::XmlWriter xml(body);
  open_document(xml, "CompleteMultipartUploadResult");
  xml.element("Location", object_location(call, call.address.key));
  xml.element("Bucket", call.address.bucket);
  xml.element("Key", call.address.key);
  xml.element("ETag", quoted_etag(stored.etag));
  write_checksums(xml, stored.checksums, stored.etag.parts);
  xml.close();
  co_return xml_reply(std::move(body));
}

}  // namespace garage::s3
