// Buckets. A bucket's row and its names are separate registers: the row is written first and names are taken last, so
// that a name never leads nowhere; a crash between leaves at worst a bucket without a name, which `bucket list` shows.
#include "model/bucket_name.hpp"
#include "model/settings.hpp"
#include "model/settings_edit.hpp"
#include "model/settings_rows.hpp"

namespace garage::model {
namespace {

using EditBucketRow = EditRow<Bucket, decode_bucket, encode_bucket>;

}  // namespace

Task<Result<BucketId>> Settings::create_bucket(Bucket wanted) {
  CO_CHECK_OK(check_names(wanted));
  wanted.id = random_.id<BucketId>();
  wanted.created_ms = clock_.wall_now().unix_ms;
  const auto bucket = std::make_shared<const Bucket>(std::move(wanted));
  CO_CHECK_OK(
      co_await write_row(bucket_row_key(bucket->id), std::make_shared<CreateRow>(encode_bucket(*bucket), false)));
  auto named = co_await take_names(bucket);
  if (named) co_return bucket->id;
  // Somebody else took one meanwhile. A failure here leaves a bucket that lacks names, which is harmless.
  (void)co_await end_bucket(bucket, std::make_shared<RemoveRow>(std::nullopt), {});
  co_return std::unexpected(std::move(named).error());
}

Task<Result<BucketId>> Settings::create_bucket(std::string global_alias, std::string creator_key_id, uint32_t spread) {
  Bucket bucket;
  bucket.spread = spread;
  bucket.global_aliases.insert(std::move(global_alias));
  if (!creator_key_id.empty()) bucket.permissions[creator_key_id] = {true, true, true};
  bucket.creator = std::move(creator_key_id);
  return create_bucket(std::move(bucket));
}

Task<Result<BucketId>> Settings::create_local_bucket(std::string key_id, std::string alias) {
  Bucket bucket;
  bucket.spread = options_.default_spread;
  bucket.local_aliases.emplace(key_id, std::move(alias));
  bucket.permissions[key_id] = {true, true, true};
  bucket.creator = std::move(key_id);
  return create_bucket(std::move(bucket));
}

Task<Result<void>> Settings::delete_bucket(BucketId id, std::shared_ptr<table::CommitExtra> guard) {
  auto bucket = directory()->bucket(id);
  if (!bucket) co_return std::unexpected(no_such_bucket(id));
  co_return co_await end_bucket(std::move(bucket), std::make_shared<RemoveRow>(std::nullopt), std::move(guard));
}

Task<Result<void>> Settings::end_bucket(std::shared_ptr<const Bucket> bucket, std::shared_ptr<table::Decision> decision,
                                        std::shared_ptr<table::CommitExtra> guard) {
  const BucketId id = bucket->id;
  // The row first: from here on nothing can be written into the bucket, whatever name is used.
  CO_CHECK_OK(co_await write_row(bucket_row_key(id), std::move(decision), std::move(guard)));
  for (const std::string& alias : bucket->global_aliases) CO_CHECK_OK(co_await drop_global_name(alias, id));
  for (const auto& local : bucket->local_aliases) {
    CO_CHECK_OK(co_await drop_local_name(local.first, local.second, id));
  }
  co_return Result<void>{};
}

Task<Result<void>> Settings::set_permission(BucketId id, std::string key_id, Permission permission) {
  auto edit = [key_id, permission](Bucket& bucket) -> Result<void> {
    if (permission.any()) {
      bucket.permissions[key_id] = permission;
    } else {
      bucket.permissions.erase(key_id);
    }
    return {};
  };
  CO_TRY([[maybe_unused]] Bucket edited, co_await edit_bucket(id, std::move(edit)));
  co_return Result<void>{};
}

Task<Result<Bucket>> Settings::edit_bucket(BucketId id, BucketEdit edit) {
  auto decision = std::make_shared<EditBucketRow>(std::move(edit));
  auto written = co_await write_row(bucket_row_key(id), decision);
  if (!written && written.error().kind == ErrorKind::kNotFound && !directory()->bucket(id)) {
    co_return std::unexpected(no_such_bucket(id));
  }
  if (!written) co_return std::unexpected(written.error());
  co_return decision->result();
}

}  // namespace garage::model
