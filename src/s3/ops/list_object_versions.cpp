// ListObjectVersions of a bucket that never had versions: every object is its own "null" version.
#include "codec/iso_time.hpp"
#include "s3/list_page.hpp"
#include "s3/operations.hpp"
#include "s3/reply.hpp"
#include "s3/version_id.hpp"

namespace garage::s3 {

Task<Reply> list_object_versions(Call& call) {
  CO_API_TRY(const ListParameters parameters, list_parameters(call, "max-keys"));
  const std::string key_marker(call.query("key-marker").value_or(""));
  const std::string version_marker(call.query("version-id-marker").value_or(""));
  if (!version_marker.empty() && key_marker.empty()) {
    co_return api::api_fail(api::ErrorCode::kInvalidArgument,
                            "A version-id marker cannot be specified without a key marker.");
  }
  object::ListQuery query;
  query.bucket = call.bucket->id;
  query.spread = call.bucket->spread;
  query.prefix = parameters.prefix;
  query.delimiter = parameters.delimiter;
  query.after = key_marker;
  query.items_max = parameters.items_max;
  CO_API_TRY(const auto page, co_await call.backend.objects.list(std::move(query)));

  const ListText text(parameters.url_encoded);
  std::string body;
  codec::XmlWriter xml(body);
  open_document(xml, "ListVersionsResult");
  xml.element("Name", call.address.bucket);
  xml.element("Prefix", text(parameters.prefix));
  xml.element("KeyMarker", text(key_marker));
  xml.element("VersionIdMarker", version_marker);
  if (page.truncated) {
    xml.element("NextKeyMarker", text(page.last_item));
    const bool after_object = !page.objects.empty() && page.objects.back().key == page.last_item;
    if (after_object) xml.element("NextVersionIdMarker", kNullVersion);
  }
  xml.element("MaxKeys", parameters.items_max);
  if (!parameters.delimiter.empty()) xml.element("Delimiter", text(parameters.delimiter));
  if (parameters.url_encoded) xml.element("EncodingType", "url");
  xml.element("IsTruncated", page.truncated);
  for (const auto& object : page.objects) {
    xml.open("Version");
    xml.element("Key", text(object.key));
    xml.element("VersionId", kNullVersion);
    xml.element("IsLatest", true);
    xml.element("LastModified", codec::to_iso_time({object.modified_ms}));
    xml.element("ETag", quoted_etag(object.etag));
    xml.element("Size", object.bytes);
    write_owner(xml, "Owner", *call.directory, object.writer);
    xml.element("StorageClass", "STANDARD");
    xml.close();
  }
  for (const auto& prefix : page.common_prefixes) {
    xml.open("CommonPrefixes");
    xml.element("Prefix", text(prefix));
    xml.close();
  }
  xml.close();
  co_return xml_reply(std::move(body));
}

}  // namespace garage::s3
