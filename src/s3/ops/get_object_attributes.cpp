#include <algorithm>
#include <array>

#include "api/checksums.hpp"
#include "api/header_list.hpp"
#include "api/shown_object.hpp"
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
  const bool truncated = shown > 0 && end != parts.end();
  xml.open("ObjectParts");
  xml.element("IsTruncated", truncated);
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

http::Response render(const Wanted& wanted, const object::Object& object, const std::vector<model::ObjectPart>& parts,
                      uint64_t marker, size_t parts_max) {
  const auto& version = object.version;
  std::string body;
  codec::XmlWriter xml(body);
  open_document(xml, "GetObjectAttributesResponse");
  if (wanted.etag) xml.element("ETag", version.etag.text());
  if (wanted.checksum && !version.checksums.empty()) {
    xml.open("Checksum");
    write_checksums(xml, version.checksums, version.etag.parts);
    xml.close();
  }
  if (wanted.parts && version.is_multipart()) write_parts(xml, parts, marker, parts_max);
  if (wanted.storage_class) xml.element("StorageClass", "STANDARD");
  if (wanted.size) xml.element("ObjectSize", version.bytes);
  xml.close();
  http::Response response = xml_reply(std::move(body));
  response.headers.add("last-modified", http::format_http_date({object.modified_ms}));
  return response;
}

http::Response not_modified(const object::Object& object) {
  http::Response response = empty_reply(304);
  response.headers.add("etag", quoted_etag(object.version.etag));
  response.headers.add("last-modified", http::format_http_date({object.modified_ms}));
  return response;
}

}  // namespace

Task<Reply> get_object_attributes(Call& call) {
  CO_API_CHECK_OK(require_null_version(call));
  CO_API_TRY(const Wanted wanted, wanted_attributes(call.headers()));
  CO_API_TRY(const size_t parts_max, parse_page_size(call.headers().get("x-amz-max-parts")));
  CO_API_TRY(const uint64_t marker, marker_of(call.headers()));
  auto& objects = call.backend.objects;
  for (int attempt = 0;; ++attempt) {
    CO_API_TRY(auto object, co_await objects.head(call.bucket_ref(), call.address.key));
    if (!object) co_return api::api_fail(api::ErrorCode::kNoSuchKey);
    CO_API_TRY(const bool has_it, api::is_not_modified(call.headers(), *object));
    if (has_it) co_return not_modified(*object);
    std::vector<model::ObjectPart> parts;
    if (wanted.parts) {
      auto listed = co_await objects.parts_of(*object);
      if (!listed && api::is_worth_another_look(listed.error(), attempt)) continue;
      CO_API_TRY(parts, std::move(listed));
    }
    co_return render(wanted, *object, parts, marker, parts_max);
  }
}

}  // namespace garage::s3
