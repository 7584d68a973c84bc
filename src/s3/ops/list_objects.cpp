// ListObjects, version 1 and 2: the same page, shown in two ways.
#include <fmt/format.h>

#include <iterator>

#include "api/checksums.hpp"
#include "codec/iso_time.hpp"
#include "s3/list_page.hpp"
#include "s3/operations.hpp"
#include "s3/reply.hpp"

namespace garage::s3 {
namespace {

constexpr size_t kBytesPerEntry = 320;  // a guess for reserving

// One entry. Appended piece by piece and not through the writer's elements: a page has a thousand of them, and this is
// most of its cost.
void append_entry(std::string& body, const ListText& text, const object::ListedObject& object, std::string_view owner) {
  body += "<Contents><Key>";
  codec::append_xml_text(body, text(object.key));
  body += "</Key><LastModified>";
  body += codec::to_iso_time({object.modified_ms});
  body += "</LastModified><ETag>&quot;";
  body += object.etag.text();
  body += "&quot;</ETag>";
  if (object.checksum) {
    body += "<ChecksumAlgorithm>";
    body += api::checksum_name(object.checksum->first);
    body += "</ChecksumAlgorithm><ChecksumType>";
    body += api::checksum_type_name(object.checksum->second);
    body += "</ChecksumType>";
  }
  body += "<Size>";
  fmt::format_to(std::back_inserter(body), "{}", object.bytes);
  body += "</Size>";
  body += owner;
  body += "<StorageClass>STANDARD</StorageClass></Contents>";
}

std::string owner_element(const Call& call, std::string_view key_id) {
  std::string out;
  codec::XmlWriter xml(out);
  write_owner(xml, "Owner", *call.directory, key_id);
  return out;
}

// `body` is what `xml` writes to.
void write_items(std::string& body, codec::XmlWriter& xml, const Call& call, const ListText& text,
                 const object::ListPage& page, bool with_owner) {
  std::string writer, owner;
  for (const auto& object : page.objects) {
    if (with_owner && (owner.empty() || writer != object.writer)) {
      writer = object.writer;
      owner = owner_element(call, writer);
    }
    append_entry(body, text, object, owner);
  }
  for (const auto& prefix : page.common_prefixes) {
    xml.open("CommonPrefixes");
    xml.element("Prefix", text(prefix));
    xml.close();
  }
}

// Some clients decode it under encoding-type=url and ask for the next page with it, some leave it as it is, unlike in
// version 2. Where decoding changes nothing it stays right for both.
std::string_view prefix_of_v1(const ListText& text, const std::string& prefix) {
  return prefix.find_first_of("%+") == prefix.npos ? std::string_view(prefix) : text(prefix);
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
  xml.element("Prefix", prefix_of_v1(text, parameters.prefix));
  xml.element("Marker", text(marker));
  if (page.truncated && !parameters.delimiter.empty()) xml.element("NextMarker", text(page.last_item));
  xml.element("MaxKeys", parameters.items_max);
  if (!parameters.delimiter.empty()) xml.element("Delimiter", text(parameters.delimiter));
  if (parameters.url_encoded) xml.element("EncodingType", "url");
  xml.element("IsTruncated", page.truncated);
  write_items(body, xml, call, text, page, true);
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
  write_items(body, xml, call, text, page, call.query("fetch-owner") == "true");
  xml.close();
  co_return xml_reply(std::move(body));
}

}  // namespace garage::s3
