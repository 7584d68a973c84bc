// Buckets and their names. A bucket's row and its alias rows are separate registers: the row is written first and the
// name is taken last, so that a name never leads nowhere; a crash between leaves at worst a bucket without a name,
// which `bucket list` shows.
#include "model/bucket_name.hpp"
#include "model/settings.hpp"
#include "model/settings_edit.hpp"
#include "model/settings_rows.hpp"

namespace garage::model {
namespace {

using EditBucketRow = EditRow<Bucket, decode_bucket, encode_bucket>;

Error no_such_bucket(const BucketId& id) {
  return {ErrorKind::kNotFound, "bucket " + id.hex() + " does not exist"};
}

Result<void> check_name(std::string_view name, bool allow_punycode) {
  if (is_valid_bucket_name(name, allow_punycode)) return {};
  return fail(ErrorKind::kInvalid,
              "Invalid bucket name: " + std::string(name) +
                  ": use 3 to 63 characters of a-z 0-9 . and -, beginning and ending with a letter or digit");
}

}  // namespace

Task<Result<BucketId>> Settings::create_bucket(std::string global_alias, std::string creator_key_id, uint32_t spread) {
  CO_CHECK_OK(check_name(global_alias, options_.allow_punycode));
  if (directory()->resolve_bucket(global_alias, nullptr)) {
    co_return fail(ErrorKind::kExists, "Bucket name " + global_alias + " is already in use");
  }
  Bucket bucket;
  bucket.id = random_.id<BucketId>();
  bucket.created_ms = clock_.wall_now().unix_ms;
  bucket.spread = spread;
  bucket.creator = creator_key_id;
  bucket.global_aliases.insert(global_alias);
  if (!creator_key_id.empty()) bucket.permissions[creator_key_id] = {true, true, true};
  CO_CHECK_OK(co_await write_row(bucket_row_key(bucket.id), std::make_shared<CreateRow>(encode_bucket(bucket), false)));
  auto named = co_await take_name(global_alias, bucket.id);
  if (!named) {
    // Somebody else took the name meanwhile. A failure here leaves a nameless bucket, which is harmless.
    (void)co_await write_row(bucket_row_key(bucket.id), std::make_shared<RemoveRow>(std::nullopt));
    if (named.error().kind == ErrorKind::kExists) {
      co_return fail(ErrorKind::kExists, "Bucket name " + global_alias + " is already in use");
    }
    co_return std::unexpected(named.error());
  }
  co_return bucket.id;
}

Task<Result<void>> Settings::take_name(std::string global_alias, BucketId id) {
  const std::string key = alias_row_key(global_alias), value(id.view());
  auto taken = co_await write_row(key, std::make_shared<CreateRow>(value, true));
  const bool held = !taken && taken.error().kind == ErrorKind::kExists;
  if (!held) co_return taken;
  // Who deleted the bucket may have died before its names went. Its id does not come back.
  CO_TRY(const auto holder, co_await read_row(key));
  const auto other = holder && holder->value ? BucketId::from_raw(*holder->value) : std::nullopt;
  if (!other) co_return taken;
  CO_TRY(const auto bucket, co_await read_row(bucket_row_key(*other)));
  const bool gone = bucket && !bucket->value;
  if (!gone) co_return taken;
  co_return co_await write_row(key, std::make_shared<ReplaceRow>(*holder->value, value));
}

Task<Result<BucketId>> Settings::create_local_bucket(std::string key_id, std::string alias) {
  CO_CHECK_OK(check_name(alias, options_.allow_punycode));
  Bucket bucket;
  bucket.id = random_.id<BucketId>();
  bucket.created_ms = clock_.wall_now().unix_ms;
  bucket.spread = options_.default_spread;
  bucket.creator = key_id;
  bucket.local_aliases.emplace(key_id, alias);
  bucket.permissions[key_id] = {true, true, true};
  CO_CHECK_OK(co_await write_row(bucket_row_key(bucket.id), std::make_shared<CreateRow>(encode_bucket(bucket), false)));
  const BucketId id = bucket.id;
  auto name_it = [alias, id](AccessKey& key) -> Result<void> {
    if (!key.local_aliases.emplace(alias, id).second) {
      return fail(ErrorKind::kExists, "Bucket name " + alias + " is already in use by this key");
    }
    return {};
  };
  auto named = co_await edit_key(key_id, std::move(name_it));
  if (!named) {
    (void)co_await write_row(bucket_row_key(id), std::make_shared<RemoveRow>(std::nullopt));
    co_return std::unexpected(named.error());
  }
  co_return id;
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
  for (const std::string& alias : bucket->global_aliases) {
    auto removed = co_await write_row(alias_row_key(alias), std::make_shared<RemoveRow>(std::string(id.view())));
    if (!removed && removed.error().kind != ErrorKind::kNotFound && removed.error().kind != ErrorKind::kPrecondition) {
      co_return removed;
    }
  }
  for (const auto& local : bucket->local_aliases) {
    auto edit = [alias = local.second](AccessKey& key) -> Result<void> {
      key.local_aliases.erase(alias);
      return {};
    };
    auto edited = co_await edit_key(local.first, std::move(edit));
    if (!edited && edited.error().kind != ErrorKind::kNotFound) co_return std::unexpected(edited.error());
  }
  co_return Result<void>{};
}

Task<Result<void>> Settings::add_global_alias(BucketId id, std::string alias) {
  CO_CHECK_OK(check_name(alias, options_.allow_punycode));
  if (!directory()->bucket(id)) co_return std::unexpected(no_such_bucket(id));
  auto taken = co_await take_name(alias, id);
  if (!taken && taken.error().kind == ErrorKind::kExists) {
    auto holder = directory()->resolve_bucket(alias, nullptr);
    if (!holder || holder->id != id) {
      co_return fail(ErrorKind::kExists, "Alias " + alias + " already exists and points to a different bucket");
    }
  } else if (!taken) {
    co_return taken;
  }
  auto edit = [alias](Bucket& bucket) -> Result<void> {
    bucket.global_aliases.insert(alias);
    return {};
  };
  CO_TRY([[maybe_unused]] Bucket edited, co_await edit_bucket(id, std::move(edit)));
  co_return Result<void>{};
}

Task<Result<void>> Settings::remove_global_alias(BucketId id, std::string alias) {
  auto edit = [alias](Bucket& bucket) -> Result<void> {
    if (!bucket.global_aliases.contains(alias)) {
      return fail(ErrorKind::kNotFound, "Bucket does not have the global alias " + alias);
    }
    if (bucket.global_aliases.size() + bucket.local_aliases.size() < 2) {
      return fail(ErrorKind::kInvalid, "Bucket doesn't have other aliases than " + alias +
                                           ": give it another name first, or delete the bucket");
    }
    bucket.global_aliases.erase(alias);
    return {};
  };
  CO_TRY([[maybe_unused]] Bucket edited, co_await edit_bucket(id, std::move(edit)));
  auto removed = co_await write_row(alias_row_key(alias), std::make_shared<RemoveRow>(std::string(id.view())));
  if (!removed && removed.error().kind == ErrorKind::kNotFound) co_return Result<void>{};
  co_return removed;
}

Task<Result<void>> Settings::add_local_alias(BucketId id, std::string key_id, std::string alias) {
  CO_CHECK_OK(check_name(alias, options_.allow_punycode));
  if (!directory()->bucket(id)) co_return std::unexpected(no_such_bucket(id));
  auto edit_names = [alias, id](AccessKey& key) -> Result<void> {
    auto [it, added] = key.local_aliases.emplace(alias, id);
    if (!added && it->second != id) {
      return fail(ErrorKind::kExists,
                  "Alias " + alias + " already exists in this key's namespace and points to a different bucket");
    }
    return {};
  };
  CO_TRY([[maybe_unused]] AccessKey key, co_await edit_key(key_id, std::move(edit_names)));
  auto edit = [key_id, alias](Bucket& bucket) -> Result<void> {
    bucket.local_aliases.emplace(key_id, alias);
    return {};
  };
  CO_TRY([[maybe_unused]] Bucket edited, co_await edit_bucket(id, std::move(edit)));
  co_return Result<void>{};
}

Task<Result<void>> Settings::remove_local_alias(BucketId id, std::string key_id, std::string alias) {
  auto edit = [key_id, alias](Bucket& bucket) -> Result<void> {
    if (!bucket.local_aliases.contains({key_id, alias})) {
      return fail(ErrorKind::kNotFound, "Bucket does not have the local alias " + alias + " for key " + key_id);
    }
    if (bucket.global_aliases.size() + bucket.local_aliases.size() < 2) {
      return fail(ErrorKind::kInvalid, "Bucket doesn't have other aliases than " + alias +
                                           ": give it another name first, or delete the bucket");
    }
    bucket.local_aliases.erase({key_id, alias});
    return {};
  };
  CO_TRY([[maybe_unused]] Bucket edited, co_await edit_bucket(id, std::move(edit)));
  auto edit_names = [alias](AccessKey& key) -> Result<void> {
    key.local_aliases.erase(alias);
    return {};
  };
  CO_TRY([[maybe_unused]] AccessKey key, co_await edit_key(key_id, std::move(edit_names)));
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
