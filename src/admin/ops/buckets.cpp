// ListBuckets, GetBucketInfo
#include "admin/fields.hpp"
#include "admin/paging.hpp"
#include "admin/render.hpp"

namespace garage::admin {

Task<Reply> list_buckets(Context& context, Json request) {
  CO_ADMIN_CHECK_OK(require_layout(context));
  CO_ADMIN_TRY(const Page page, read_page(request, kPageMax));
  CO_ADMIN_CHECK_OK(check_bucket_offset(page));
  Json out = Json::array();
  const auto add = [&out](const Bucket& bucket) {
    Json global = Json::array();
    for (const auto& alias : bucket->global_aliases) global.push_back(alias);
    Json local = Json::array();
    for (const auto& [key_id, alias] : bucket->local_aliases) {
      local.push_back(Json::object({{"accessKeyId", key_id}, {"alias", alias}}));
    }
    out.push_back(Json::object({{"id", bucket->id.hex()},
                                {"created", date(bucket->created_ms)},
                                {"globalAliases", std::move(global)},
                                {"localAliases", std::move(local)}}));
  };
  for_page(page, context.settings.directory()->buckets(), [](const Bucket& bucket) { return bucket->id.hex(); }, add);
  co_return out;
}

Task<Reply> get_bucket_info(Context& context, Json request) {
  CO_ADMIN_CHECK_OK(require_layout(context));
  const Fields fields(request);
  CO_ADMIN_TRY(const auto id, fields.text("id"));
  CO_ADMIN_TRY(const auto alias, fields.text("globalAlias"));
  CO_ADMIN_TRY(const auto search, fields.text("search"));
  if ((id ? 1 : 0) + (alias ? 1 : 0) + (search ? 1 : 0) != 1) {
    co_return invalid_request("Either id, globalAlias or search must be provided (but not several of them)");
  }
  auto looking = id       ? bucket_by_id(context, *id)
                 : search ? search_bucket(context, *search)
                          : bucket_by_alias(context, *alias);
  CO_ADMIN_TRY(const Bucket bucket, co_await std::move(looking));
  co_return co_await bucket_info(context, bucket->id);
}

}  // namespace garage::admin
