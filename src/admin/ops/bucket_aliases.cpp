// AddBucketAlias, RemoveBucketAlias
#include "admin/fields.hpp"
#include "admin/render.hpp"

namespace garage::admin {
namespace {

struct AliasRequest {
  Bucket bucket;
  std::string alias;
  std::string key_id;  // empty: a global alias
};

Task<AdminResult<AliasRequest>> read_request(Context& context, Json request) {
  const Fields fields(request);
  CO_ADMIN_TRY(const auto bucket_id, fields.required_text("bucketId"));
  CO_ADMIN_TRY(const auto global, fields.text("globalAlias"));
  CO_ADMIN_TRY(const auto local, fields.text("localAlias"));
  AliasRequest out;
  CO_ADMIN_TRY(out.bucket, co_await bucket_by_id(context, bucket_id));
  if (global.has_value() == local.has_value())
    co_return invalid_request("Give either globalAlias, or localAlias and accessKeyId");
  out.alias = global ? *global : *local;
  if (local) {
    CO_ADMIN_TRY(out.key_id, fields.required_text("accessKeyId"));
    CO_ADMIN_TRY([[maybe_unused]] const auto key, co_await key_by_id(context, out.key_id));
  }
  co_return out;
}

}  // namespace

Task<Reply> add_bucket_alias(Context& context, Json request) {
  CO_ADMIN_TRY(const AliasRequest wanted, co_await read_request(context, std::move(request)));
  const BucketId id = wanted.bucket->id;
  auto adding = wanted.key_id.empty() ? context.settings.add_global_alias(id, wanted.alias)
                                      : context.settings.add_local_alias(id, wanted.key_id, wanted.alias);
  const auto added = co_await std::move(adding);
  if (!added && added.error().kind == ErrorKind::kInvalid)
    co_return admin_fail("InvalidBucketName", 400, added.error().message);
  CO_ADMIN_CHECK_OK(added);
  co_return co_await changed_bucket_info(context, id);
}

Task<Reply> remove_bucket_alias(Context& context, Json request) {
  CO_ADMIN_TRY(const AliasRequest wanted, co_await read_request(context, std::move(request)));
  const BucketId id = wanted.bucket->id;
  auto removing = wanted.key_id.empty() ? context.settings.remove_global_alias(id, wanted.alias)
                                        : context.settings.remove_local_alias(id, wanted.key_id, wanted.alias);
  CO_ADMIN_CHECK_OK(co_await std::move(removing));
  co_return co_await changed_bucket_info(context, id);
}

}  // namespace garage::admin
