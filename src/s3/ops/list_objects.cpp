// ListObjects, version 1 and 2: the same page, shown in two ways.
#include <algorithm>

#include "api/checksums.hpp"
#include "codec/iso_time.hpp"
#include "s3/list_page.hpp"
#include "s3/operations.hpp"
#include "s3/reply.hpp"

namespace garage::s3 {
namespace {

constexpr size_t kBytesPerEntry = 320;  // a guess for reserving

void write_entry(codec::XmlWriter& xml, const Call& call, const ListText& text, const object::ListedObject& object, bool owner) {
  xml.open("Contents");
  xml.element("Key", text(object.key));
  xml.element("LastModified", codec::to_iso_time({object.modified_ms}));
  xml.element("ETag", quoted_etag(object.etag));
  if (object.checksum) {
    xml.element("ChecksumAlgorithm", api::checksum_name(object.checksum->first));
    xml.element("ChecksumType", api::checksum_type_name(object.checksum->second));
  }
  xml.element("Size", object.bytes);
  if (owner) write_owner(xml, "Owner", *call.directory, object.writer);
  xml.element("StorageClass", "STANDARD");
  xml.close();
}

void write_items(codec::XmlWriter& xml, const Call& call, const ListText& text, const object::ListPage& page, bool owner) {
  for (const auto& object : page.objects) write_entry(xml, call, text, object, owner);
  for (const auto& prefix : page.common_prefixes) {
    xml.open("CommonPrefixes");
    xml.element("Prefix", text(prefix));
    xml.close();
  }
}

object::ListQuery base_query(const Call& call, const ListParameters& parameters) {
  object::ListQuery query;
  query.bucket = call.bucket->id;
  query.spread = call.bucket->spread;
  query.prefix = parameters.prefix;
  query.delimiter = parameters.delimiter;
  query.items_max = parameters.items_max;
  return query;
}

}  // namespace

Task<Reply> list_objects_v1(Call& call) {
  CO_API_TRY(const ListParameters parameters, list_parameters(call, "max-keys"));
  if (call.query("allow-unordered") == "true" && !parameters.delimiter.empty()) {
    co_return api::api_fail(api::ErrorCode::kInvalidArgument, "allow-unordered and delimiter exclude each other");
  }
  const std::string marker(call.query("marker").value_or(""));
  object::ListQuery query = base_query(call, parameters);
  query.after = marker;
  CO_API_TRY(const auto page, co_await call.backend.objects.list(std::move(query)));

  const ListText text(parameters.url_encoded);
  std::string body;
  body.reserve(512 + page.objects.size() * kBytesPerEntry);
  codec::XmlWriter xml(body);
  open_document(xml, "ListBucketResult");
  xml.element("Name", call.address.bucket);
  xml.element("Prefix", parameters.prefix);  // clients do not decode it here, unlike in version 2
  xml.element("Marker", text(marker));
  if (page.truncated && !parameters.delimiter.empty()) xml.element("NextMarker", text(page.last_item));
  xml.element("MaxKeys", parameters.items_max);
  if (!parameters.delimiter.empty()) xml.element("Delimiter", text(parameters.delimiter));
  if (parameters.url_encoded) xml.element("EncodingType", "url");
  xml.element("IsTruncated", page.truncated);
  write_items(xml, call, text, page, true);
  xml.close();
  co_return xml_reply(std::move(body));
}

Task<Reply> list_objects_v2(Call& call) {
  CO_API_TRY(const ListParameters parameters, list_parameters(call, "max-keys"));
  const auto token = call.query("continuation-token");
  const auto start_after = call.query("start-after");
  object::ListQuery query = base_query(call, parameters);
  if (token && !token->empty()) {
    CO_API_TRY(query.from, decode_continuation(*token));
  } else if (start_after) {
    query.after = *start_after;
  }
  CO_API_TRY(const auto page, co_await call.backend.objects.list(std::move(query)));

  const ListText text(parameters.url_encoded);
  std::string body;
  body.reserve(512 + page.objects.size() * kBytesPerEntry);
  codec::XmlWriter xml(body);
  open_document(xml, "ListBucketResult");
  xml.element("Name", call.address.bucket);
  xml.element("Prefix", text(parameters.prefix));
  if (start_after) xml.element("StartAfter", text(*start_after));
  if (token) xml.element("ContinuationToken", *token);
  if (page.truncated) xml.element("NextContinuationToken", encode_continuation(page.next_from));
  xml.element("KeyCount", page.objects.size() + page.common_prefixes.size());
  xml.element("MaxKeys", parameters.items_max);
  if (!parameters.delimiter.empty()) xml.element("Delimiter", text(parameters.delimiter));
  if (parameters.url_encoded) xml.element("EncodingType", "url");
  xml.element("IsTruncated", page.truncated);
  write_items(xml, call, text, page, call.query("fetch-owner") == "true");
  xml.close();
  co_return xml_reply(std::move(body));
}

}  // namespace garage::s3
