#include "codec/iso_time.hpp"
#include "s3/list_page.hpp"
#include "s3/numbers.hpp"
#include "s3/operations.hpp"
#include "s3/reply.hpp"

namespace garage::s3 {
namespace {

constexpr size_t kBucketsMax = 10'000;

}  // namespace

Task<Reply> list_buckets(Call& call) {
  const std::string prefix(call.query("prefix").value_or(""));
  size_t page_size = kBucketsMax;
  if (const auto text = call.query("max-buckets")) {
    const auto number = parse_number(*text);
    if (!number || *number < 1 || *number > kBucketsMax) {
      co_return api::api_fail(api::ErrorCode::kInvalidArgument, "max-buckets must be between 1 and 10000");
    }
    page_size = static_cast<size_t>(*number);
  }
  std::string from;
  if (const auto token = call.query("continuation-token"); token && !token->empty()) {
    CO_API_TRY(from, decode_continuation(*token));
  }
  const auto region = call.query("bucket-region");
  const auto visible = region && *region != call.backend.options.region
                           ? std::vector<std::pair<std::string, std::shared_ptr<const model::Bucket>>>()
                           : call.directory->visible_buckets(*call.key);

  std::string body;
  codec::XmlWriter xml(body);
  open_document(xml, "ListAllMyBucketsResult");
  write_owner(xml, "Owner", *call.directory, call.key->id);
  xml.open("Buckets");
  size_t count = 0;
  std::string next;
  for (const auto& [name, bucket] : visible) {
    if (name < from || !name.starts_with(prefix)) continue;
    if (count == page_size) {
      next = name;
      break;
    }
    ++count;
    xml.open("Bucket");
    xml.element("Name", name);
    xml.element("CreationDate", codec::to_iso_time({bucket->created_ms}));
    xml.element("BucketRegion", call.backend.options.region);
    xml.close();
  }
  xml.close();
  if (!next.empty()) xml.element("ContinuationToken", encode_continuation(next));
  if (!prefix.empty()) xml.element("Prefix", prefix);
  xml.close();
  co_return xml_reply(std::move(body));
}

}  // namespace garage::s3
