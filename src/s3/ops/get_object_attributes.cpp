#include <algorithm>
#include <array>

#include "api/checksums.hpp"
#include "api/conditions.hpp"
#include "api/header_list.hpp"
#include "http/http_date.hpp"
#include "s3/list_page.hpp"
#include "s3/numbers.hpp"
#include "s3/operations.hpp"
#include "s3/reply.hpp"
#include "s3/version_id.hpp"

namespace garage::s3 {
namespace {

struct Wanted {
  bool etag = false, checksum = false, parts = false, storage_class = false, size = false;
};

api::ApiResult<Wanted> wanted_attributes(const api::EffectiveHeaders& headers) {
  Wanted wanted;
  const auto names = api::header_list(headers, "x-amz-object-attributes");
  if (names.empty()) return api::api_fail(api::ErrorCode::kInvalidArgument, "x-amz-object-attributes is missing");
  for (const auto& name : names) {
    if (name == "etag") {
      wanted.etag = true;
    } else if (name == "checksum") {
      wanted.checksum = true;
    } else if (name == "objectparts") {
      wanted.parts = true;
    } else if (name == "storageclass") {
      wanted.storage_class = true;
    } else if (name == "objectsize") {
      wanted.size = true;
    } else {
      return api::api_fail(api::ErrorCode::kInvalidArgument, "Invalid attribute name specified: " + name);
    }
  }
  return wanted;
}

api::ApiResult<uint64_t> marker_of(const api::EffectiveHeaders& headers) {
  const auto text = headers.get("x-amz-part-number-marker");
  if (!text) return 0;
  const auto number = parse_number(*text);
  if (!number) return api::api_fail(api::ErrorCode::kInvalidArgument, "x-amz-part-number-marker is not a number");
  return *number;
}

void write_parts(codec::XmlWriter& xml, const std::vector<model::ObjectPart>& parts, uint64_t marker,
                 size_t parts_max) {
  auto part = std::ranges::find_if(parts, [marker](const auto& p) { return p.number > marker; });
  const size_t shown = std::min<size_t>(parts_max, static_cast<size_t>(parts.end() - part));
  const auto end = part + static_cast<std::ptrdiff_t>(shown);
  xml.open("ObjectParts");
  xml.element("IsTruncated", end != parts.end());
  xml.element("MaxParts", parts_max);
  xml.element("NextPartNumberMarker", shown > 0 ? uint64_t{(end - 1)->number} : marker);
  xml.element("PartNumberMarker", marker);
  for (; part != end; ++part) {
    xml.open("Part");
    if (part->checksum) {
      xml.element(api::checksum_xml_name(part->checksum->algorithm), api::render_checksum(part->checksum->bytes));
    }
    xml.element("PartNumber", part->number);
    xml.element("Size", part->body.bytes);
    xml.close();
  }
  xml.element("PartsCount", parts.size());
  xml.close();
}

}  // namespace

Task<Reply> get_object_attributes(Call& call) {
  CO_API_CHECK_OK(require_null_version(call));
  CO_API_TRY(const Wanted wanted, wanted_attributes(call.headers()));
  CO_API_TRY(const size_t parts_max, parse_page_size(call.headers().get("x-amz-max-parts")));
  CO_API_TRY(const uint64_t marker, marker_of(call.headers()));
  CO_API_TRY(auto object, co_await call.backend.objects.head(call.bucket_ref(), call.address.key));
  if (!object) co_return api::api_fail(api::ErrorCode::kNoSuchKey);
  const auto& version = object->version;
  switch (api::evaluate(api::read_conditions(call.headers()), version.etag.text(), {object->modified_ms})) {
    case api::ConditionOutcome::kProceed:
      break;
    case api::ConditionOutcome::kNotModified:
      co_return empty_reply(304);
    case api::ConditionOutcome::kPreconditionFailed:
      co_return api::api_fail(api::ErrorCode::kPreconditionFailed);
  }

  std::string body;
  codec::XmlWriter xml(body);
  open_document(xml, "GetObjectAttributesResponse");
  if (wanted.etag) xml.element("ETag", version.etag.text());
  if (wanted.checksum && !version.checksums.empty()) {
    xml.open("Checksum");
    write_checksums(xml, version.checksums, version.etag.parts);
    xml.close();
  }
  if (wanted.parts && version.is_multipart()) {
    CO_API_TRY(const auto parts, co_await call.backend.objects.parts_of(*object));
    write_parts(xml, parts, marker, parts_max);
  }
  if (wanted.storage_class) xml.element("StorageClass", "STANDARD");
  if (wanted.size) xml.element("ObjectSize", version.bytes);
  xml.close();
  http::Response response = xml_reply(std::move(body));
  response.headers.add("last-modified", http::format_http_date({object->modified_ms}));
  co_return response;
}

}  // namespace garage::s3
