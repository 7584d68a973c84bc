#include <algorithm>

#include "api/checksums.hpp"
#include "codec/iso_time.hpp"
#include "s3/list_page.hpp"
#include "s3/numbers.hpp"
#include "s3/operations.hpp"
#include "s3/reply.hpp"
#include "s3/upload_id.hpp"

namespace garage::s3 {

Task<Reply> list_parts(Call& call) {
  CO_API_TRY(const Uuid upload_id, upload_id_of(call));
  CO_API_TRY(const size_t parts_max, parse_page_size(call.query("max-parts")));
  uint64_t marker = 0;
  if (const auto text = call.query("part-number-marker"); text && !text->empty()) {
    const auto number = parse_number(*text);
    if (!number) co_return api::api_fail(api::ErrorCode::kInvalidArgument, "part-number-marker is not a number");
    marker = *number;
  }
  auto& objects = call.backend.objects;
  const auto upload = co_await objects.find_upload(call.bucket_ref(), call.address.key, upload_id);
  if (!upload) {
    if (upload.error().kind == ErrorKind::kNotFound) co_return no_such_upload(call);
    co_return std::unexpected(api::from(upload.error()));
  }
  CO_API_TRY(const auto parts, co_await objects.list_parts(call.bucket_ref(), call.address.key, upload_id));
  auto first = std::ranges::find_if(parts, [marker](const auto& p) { return p.part.number > marker; });
  const size_t shown = std::min<size_t>(parts_max, static_cast<size_t>(parts.end() - first));
  const auto end = first + static_cast<std::ptrdiff_t>(shown);
  const bool truncated = shown > 0 && end != parts.end();

  std::string body;
  codec::XmlWriter xml(body);
  open_document(xml, "ListPartsResult");
  xml.element("Bucket", call.address.bucket);
  xml.element("Key", call.address.key);
  xml.element("UploadId", model::upload_id_text(upload_id));
  xml.element("PartNumberMarker", marker);
  if (truncated) xml.element("NextPartNumberMarker", (end - 1)->part.number);
  xml.element("MaxParts", parts_max);
  xml.element("IsTruncated", truncated);
  for (auto it = first; it != end; ++it) {
    xml.open("Part");
    xml.element("PartNumber", it->part.number);
    xml.element("LastModified", codec::to_iso_time({it->modified_ms}));
    xml.element("ETag", quoted_etag({it->part.md5, 0}));
    xml.element("Size", it->part.body.bytes);
    if (upload->checksum_algorithm && it->part.checksum) {
      xml.element(api::checksum_xml_name(it->part.checksum->algorithm), api::render_checksum(it->part.checksum->bytes));
    }
    xml.close();
  }
  write_owner(xml, "Initiator", *call.directory, upload->initiator);
  write_owner(xml, "Owner", *call.directory, upload->initiator);
  xml.element("StorageClass", "STANDARD");
  if (upload->checksum_algorithm) {
    xml.element("ChecksumAlgorithm", api::checksum_name(*upload->checksum_algorithm));
    xml.element("ChecksumType", api::checksum_type_name(upload->checksum_type));
  }
  xml.close();
  co_return xml_reply(std::move(body));
}

}  // namespace garage::s3
