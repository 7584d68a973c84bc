#include "api/checksums.hpp"
#include "codec/iso_time.hpp"
#include "s3/list_page.hpp"
#include "s3/operations.hpp"
#include "s3/reply.hpp"

namespace garage::s3 {
namespace {

void write_upload(codec::XmlWriter& xml, const Call& call, const ListText& text, const model::Upload& upload) {
  xml.open("Upload");
  xml.element("Key", text(upload.key));
  xml.element("UploadId", model::upload_id_text(upload.id));
  write_owner(xml, "Initiator", *call.directory, upload.initiator);
  write_owner(xml, "Owner", *call.directory, upload.initiator);
  xml.element("StorageClass", "STANDARD");
  xml.element("Initiated", codec::to_iso_time({upload.initiated_ms}));
  if (upload.checksum_algorithm) {
    xml.element("ChecksumAlgorithm", api::checksum_name(*upload.checksum_algorithm));
    xml.element("ChecksumType", api::checksum_type_name(upload.checksum_type));
  }
  xml.close();
}

}  // namespace

Task<Reply> list_multipart_uploads(Call& call) {
  CO_API_TRY(const ListParameters parameters, list_parameters(call, "max-uploads"));
  object::UploadQuery query;
  query.bucket = call.bucket->id;
  query.spread = call.bucket->spread;
  query.prefix = parameters.prefix;
  query.delimiter = parameters.delimiter;
  query.key_marker = call.query("key-marker").value_or("");
  query.items_max = parameters.items_max;
  const std::string upload_marker(call.query("upload-id-marker").value_or(""));
  if (!query.key_marker.empty() && !upload_marker.empty()) {
    query.upload_marker = model::parse_upload_id(upload_marker);
    if (!query.upload_marker) co_return api::api_fail(api::ErrorCode::kInvalidArgument, "Invalid uploadId marker");
  }
  const std::string key_marker = query.key_marker;
  CO_API_TRY(const auto page, co_await call.backend.objects.list_uploads(std::move(query)));

  const ListText text(parameters.url_encoded);
  std::string body;
  codec::XmlWriter xml(body);
  open_document(xml, "ListMultipartUploadsResult");
  xml.element("Bucket", call.address.bucket);
  xml.element("KeyMarker", text(key_marker));
  xml.element("UploadIdMarker", upload_marker);
  if (page.truncated) {
    xml.element("NextKeyMarker", text(page.next_key_marker));
    if (page.next_upload_marker) xml.element("NextUploadIdMarker", model::upload_id_text(*page.next_upload_marker));
  }
  xml.element("Prefix", text(parameters.prefix));
  if (!parameters.delimiter.empty()) xml.element("Delimiter", text(parameters.delimiter));
  xml.element("MaxUploads", parameters.items_max);
  if (parameters.url_encoded) xml.element("EncodingType", "url");
  xml.element("IsTruncated", page.truncated);
  for (const auto& upload : page.uploads) write_upload(xml, call, text, upload);
  for (const auto& prefix : page.common_prefixes) {
    xml.open("CommonPrefixes");
    xml.element("Prefix", text(prefix));
    xml.close();
  }
  xml.close();
  co_return xml_reply(std::move(body));
}

}  // namespace garage::s3
