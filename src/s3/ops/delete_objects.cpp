#include "codec/iso_time.hpp"
#include "runtime/task_group.hpp"
#include "s3/document.hpp"
#include "s3/numbers.hpp"
#include "s3/operations.hpp"
#include "s3/reply.hpp"
#include "s3/version_id.hpp"
#include "s3/write_condition.hpp"

namespace garage::s3 {
namespace {

constexpr size_t kDocumentBytesMax = 4 << 20;
constexpr size_t kKeysMax = 1000;

struct Item {
  std::string key;
  std::optional<std::string> version;
  DeleteDemands demands;
  std::optional<api::ApiError> error;
};

api::ApiResult<Item> read_item(const codec::XmlNode& node) {
  Item item;
  const auto key = node.text_of("Key");
  if (!key || key->empty()) return api::api_fail(api::ErrorCode::kMalformedXml);
  item.key = *key;
  if (const auto version = node.text_of("VersionId"); version && !version->empty())
    item.version = std::string(*version);
  if (const auto etag = node.text_of("ETag")) item.demands.etags = api::EtagList::parse(*etag);
  if (const auto size = node.text_of("Size")) {
    item.demands.bytes = parse_number(*size);
    if (!item.demands.bytes) return api::api_fail(api::ErrorCode::kMalformedXml);
  }
  if (const auto time = node.text_of("LastModifiedTime")) {
    item.demands.modified_s = api::parse_http_date_s(*time);
    if (const auto iso = codec::parse_iso_time(*time)) item.demands.modified_s = iso->unix_ms / 1000;
    if (!item.demands.modified_s) return api::api_fail(api::ErrorCode::kMalformedXml);
  }
  return item;
}

Task<void> remove_item(Call& call, Item& item) {
  if (item.version && *item.version != kNullVersion) co_return;  // not there: deleted
  if (item.key.size() > api::kKeyBytesMax) {
    item.error = api::make_error(api::ErrorCode::kKeyTooLongError);
    co_return;
  }
  if (item.demands.any() && !call.backend.options.decides_conditions) {
    item.error = conditions_undecided();
    co_return;
  }
  object::RemoveRequest request{call.bucket_ref(), item.key, to_condition(item.demands)};
  auto removed = co_await call.backend.objects.remove(std::move(request));
  if (!removed) item.error = api::from(removed.error());
}

}  // namespace

Task<Reply> delete_objects(Call& call) {
  CO_API_TRY(const codec::XmlNode root, co_await read_xml(call, "Delete", kDocumentBytesMax));
  const auto nodes = root.children("Object");
  if (nodes.empty() || nodes.size() > kKeysMax) co_return api::api_fail(api::ErrorCode::kMalformedXml);
  const bool quiet = root.text_of("Quiet") == "true";
  std::vector<Item> items;
  items.reserve(nodes.size());
  for (const auto* node : nodes) {
    CO_API_TRY(auto item, read_item(*node));
    items.push_back(std::move(item));
  }
  // All at once, so that they share commits.
  runtime::TaskGroup group;
  for (auto& item : items) group.spawn(remove_item(call, item));
  co_await group.join();

  std::string body;
  codec::XmlWriter xml(body);
  open_document(xml, "DeleteResult");
  for (const auto& item : items) {
    if (!item.error && quiet) continue;
    xml.open(item.error ? "Error" : "Deleted");
    xml.element("Key", item.key);
    if (item.version) xml.element("VersionId", *item.version);
    if (item.error) {
      xml.element("Code", api::to_string(item.error->code));
      xml.element("Message", item.error->text());
    }
    xml.close();
  }
  xml.close();
  co_return xml_reply(std::move(body));
}

}  // namespace garage::s3
