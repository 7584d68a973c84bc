// ListKeysInfo, ListBucketsInfo
#include "admin/fields.hpp"
#include "admin/paging.hpp"
#include "admin/render.hpp"

namespace garage::admin {
namespace {

constexpr uint64_t kLimitDefault = 1000;

}  // namespace

Task<Reply> list_keys_info(Context& context, Json request) {
  CO_ADMIN_TRY(const Page page, read_page(request, kLimitDefault));
  const auto directory = context.settings.directory();
  Json out = Json::array();
  for_page(
      page, directory->keys(), [](const Key& key) -> const std::string& { return key->id; },
      [&](const Key& key) { out.push_back(key_info(*directory, *key, context.now_ms(), false)); });
  co_return out;
}

Task<Reply> list_buckets_info(Context& context, Json request) {
  CO_ADMIN_TRY(const Page page, read_page(request, kLimitDefault));
  CO_ADMIN_CHECK_OK(check_bucket_offset(page));
  std::vector<BucketId> ids;
  for_page(
      page, context.settings.directory()->buckets(), [](const Bucket& bucket) { return bucket->id.hex(); },
      [&ids](const Bucket& bucket) { ids.push_back(bucket->id); });
  Json out = Json::array();
  for (const BucketId& id : ids) {
    Reply info = co_await bucket_info(context, id);
    if (!info && info.error().code == "NoSuchBucket") continue;  // deleted meanwhile
    CO_ADMIN_CHECK_OK(info);
    out.push_back(std::move(*info));
  }
  co_return out;
}

}  // namespace garage::admin
