// The names of buckets: global ones are rows of their own, local ones lie in the rows of their keys. The bucket's row
// lists both.
#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "model/bucket_name.hpp"
#include "model/settings.hpp"
#include "model/settings_edit.hpp"
#include "model/settings_rows.hpp"

namespace garage::model {
namespace {

std::unexpected<Error> name_in_use(const std::string& alias) {
  return fail(ErrorKind::kExists, "Bucket name " + alias + " is already in use");
}

std::unexpected<Error> local_name_in_use(const std::string& alias) {
  return fail(ErrorKind::kExists,
              "Alias " + alias + " already exists in this key's namespace and points to a different bucket");
}

// Takes a name that is free, or leads to `gone`.
Settings::KeyEdit give_name(std::string alias, BucketId id, std::optional<BucketId> gone) {
  return [alias = std::move(alias), id, gone](AccessKey& key) -> Result<void> {
    const auto [held, added] = key.local_aliases.emplace(alias, id);
    if (added || held->second == id) return {};
    if (held->second != gone) return local_name_in_use(alias);
    held->second = id;
    return {};
  };
}

// kNotFound: that name leads to no such bucket.
Settings::KeyEdit take_name_away(std::string alias, BucketId id) {
  return [alias = std::move(alias), id](AccessKey& key) -> Result<void> {
    const auto held = key.local_aliases.find(alias);
    if (held == key.local_aliases.end() || held->second != id) {
      return fail(ErrorKind::kNotFound, "the key does not have that name");
    }
    key.local_aliases.erase(held);
    return {};
  };
}

size_t names_of(const Bucket& bucket, const std::set<std::string>& keys_gone) {
  const auto living = std::ranges::count_if(
      bucket.local_aliases, [&keys_gone](const auto& local) { return !keys_gone.contains(local.first); });
  return bucket.global_aliases.size() + static_cast<size_t>(living);
}

std::unexpected<Error> last_name(const std::string& alias) {
  return fail(ErrorKind::kInvalid,
              "Bucket doesn't have other aliases than " + alias + ": give it another name first, or delete the bucket");
}

bool is_past(const Result<void>& removed) {
  return !removed && (removed.error().kind == ErrorKind::kNotFound || removed.error().kind == ErrorKind::kPrecondition);
}

}  // namespace

Result<void> Settings::check_names(const Bucket& wanted) const {
  const auto directory = this->directory();
  for (const std::string& alias : wanted.global_aliases) {
    CHECK_OK(check_bucket_name(alias, options_.allow_punycode));
    if (directory->resolve_bucket(alias, nullptr)) return name_in_use(alias);
  }
  for (const auto& [key_id, alias] : wanted.local_aliases) {
    CHECK_OK(check_bucket_name(alias, options_.allow_punycode));
    const auto key = directory->key(key_id);
    if (!key) continue;
    const auto held = key->local_aliases.find(alias);
    if (held != key->local_aliases.end() && !directory->is_gone(held->second)) return local_name_in_use(alias);
  }
  return {};
}

Task<Result<void>> Settings::take_names(std::shared_ptr<const Bucket> bucket) {
  for (const std::string& alias : bucket->global_aliases) {
    const auto taken = co_await take_name(alias, bucket->id);
    if (!taken && taken.error().kind == ErrorKind::kExists) co_return name_in_use(alias);
    CO_CHECK_OK(taken);
  }
  for (const auto& [key_id, alias] : bucket->local_aliases) {
    CO_CHECK_OK(co_await take_local_name(key_id, alias, bucket->id));
  }
  co_return Result<void>{};
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
  if (*other == id) co_return Result<void>{};
  CO_TRY(const bool gone, co_await is_gone(*other));
  if (!gone) co_return taken;
  co_return co_await write_row(key, std::make_shared<ReplaceRow>(*holder->value, value));
}

Task<Result<void>> Settings::take_local_name(std::string key_id, std::string alias, BucketId id) {
  auto taken = co_await edit_key(key_id, give_name(alias, id, std::nullopt));
  if (taken) co_return Result<void>{};
  if (taken.error().kind != ErrorKind::kExists) co_return std::unexpected(std::move(taken).error());
  // As above.
  CO_TRY(const auto row, co_await read_row(key_row_key(key_id)));
  if (!row || !row->value) co_return std::unexpected(std::move(taken).error());
  CO_TRY(const AccessKey key, decode_access_key(*row->value));
  const auto held = key.local_aliases.find(alias);
  if (held == key.local_aliases.end()) co_return std::unexpected(std::move(taken).error());
  CO_TRY(const bool gone, co_await is_gone(held->second));
  if (!gone) co_return std::unexpected(std::move(taken).error());
  taken = co_await edit_key(key_id, give_name(alias, id, held->second));
  if (!taken) co_return std::unexpected(std::move(taken).error());
  co_return Result<void>{};
}

Task<Result<bool>> Settings::is_gone(BucketId id) {
  CO_TRY(const auto row, co_await read_row(bucket_row_key(id)));
  co_return row && !row->value;
}

Task<Result<bool>> Settings::drop_global_name(std::string alias, BucketId id) {
  const auto removed = co_await write_row(alias_row_key(alias), std::make_shared<RemoveRow>(std::string(id.view())));
  if (is_past(removed)) co_return false;
  if (!removed) co_return std::unexpected(removed.error());
  co_return true;
}

Task<Result<bool>> Settings::drop_local_name(std::string key_id, std::string alias, BucketId id) {
  const auto edited = co_await edit_key(std::move(key_id), take_name_away(std::move(alias), id));
  if (edited) co_return true;
  if (edited.error().kind == ErrorKind::kNotFound) co_return false;
  co_return std::unexpected(edited.error());
}

Task<Result<bool>> Settings::finish_gone_bucket(BucketId id) {
  CO_TRY(const bool gone, co_await is_gone(id));
  if (!gone) co_return std::unexpected(no_such_bucket(id));
  bool finished = false;
  const auto directory = this->directory();
  for (const std::string& alias : directory->aliases_of(id)) {
    CO_TRY(const bool dropped, co_await drop_global_name(alias, id));
    finished |= dropped;
  }
  for (const auto& key : directory->keys()) {
    for (const auto& [alias, target] : key->local_aliases) {
      if (target != id) continue;
      CO_TRY(const bool dropped, co_await drop_local_name(key->id, alias, id));
      finished |= dropped;
    }
  }
  co_return finished;
}

Task<Result<void>> Settings::add_global_alias(BucketId id, std::string alias) {
  CO_CHECK_OK(check_bucket_name(alias, options_.allow_punycode));
  if (!directory()->bucket(id)) co_return std::unexpected(no_such_bucket(id));
  auto taken = co_await take_name(alias, id);
  if (!taken && taken.error().kind == ErrorKind::kExists) {
    co_return fail(ErrorKind::kExists, "Alias " + alias + " already exists and points to a different bucket");
  }
  if (!taken) co_return taken;
  auto edit = [alias](Bucket& bucket) -> Result<void> {
    bucket.global_aliases.insert(alias);
    return {};
  };
  CO_TRY([[maybe_unused]] Bucket edited, co_await edit_bucket(id, std::move(edit)));
  co_return Result<void>{};
}

Task<Result<void>> Settings::remove_global_alias(BucketId id, std::string alias) {
  CO_TRY(const auto dead, co_await keys_gone(id));
  auto edit = [alias, dead](Bucket& bucket) -> Result<void> {
    if (!bucket.global_aliases.contains(alias)) {
      return fail(ErrorKind::kNotFound, "Bucket does not have the global alias " + alias);
    }
    if (names_of(bucket, dead) < 2) return last_name(alias);
    bucket.global_aliases.erase(alias);
    return {};
  };
  const auto edited = co_await edit_bucket(id, std::move(edit));
  // Who removed it may have got half way.
  const bool half_done = !edited && edited.error().kind == ErrorKind::kNotFound;
  if (!edited && !half_done) co_return std::unexpected(edited.error());
  CO_TRY(const bool dropped, co_await drop_global_name(alias, id));
  if (half_done && !dropped) co_return std::unexpected(edited.error());
  co_return Result<void>{};
}

Task<Result<void>> Settings::add_local_alias(BucketId id, std::string key_id, std::string alias) {
  CO_CHECK_OK(check_bucket_name(alias, options_.allow_punycode));
  if (!directory()->bucket(id)) co_return std::unexpected(no_such_bucket(id));
  CO_CHECK_OK(co_await take_local_name(key_id, alias, id));
  auto edit = [key_id, alias](Bucket& bucket) -> Result<void> {
    bucket.local_aliases.emplace(key_id, alias);
    return {};
  };
  CO_TRY([[maybe_unused]] Bucket edited, co_await edit_bucket(id, std::move(edit)));
  co_return Result<void>{};
}

Task<Result<void>> Settings::remove_local_alias(BucketId id, std::string key_id, std::string alias) {
  CO_TRY(const auto dead, co_await keys_gone(id));
  auto edit = [key_id, alias, dead](Bucket& bucket) -> Result<void> {
    if (!bucket.local_aliases.contains({key_id, alias})) {
      return fail(ErrorKind::kNotFound, "Bucket does not have the local alias " + alias + " for key " + key_id);
    }
    // That of a key that is gone leads nobody anywhere.
    if (!dead.contains(key_id) && names_of(bucket, dead) < 2) return last_name(alias);
    bucket.local_aliases.erase({key_id, alias});
    return {};
  };
  const auto edited = co_await edit_bucket(id, std::move(edit));
  const bool half_done = !edited && edited.error().kind == ErrorKind::kNotFound;
  if (!edited && !half_done) co_return std::unexpected(edited.error());
  CO_TRY(const bool dropped, co_await drop_local_name(key_id, alias, id));
  if (half_done && !dropped) co_return std::unexpected(edited.error());
  co_return Result<void>{};
}

Task<Result<std::set<std::string>>> Settings::keys_gone(BucketId id) {
  std::set<std::string> out;
  const auto bucket = directory()->bucket(id);
  if (!bucket) co_return out;
  for (const auto& local : bucket->local_aliases) {
    if (directory()->key(local.first) || out.contains(local.first)) continue;
    // This copy may be behind.
    CO_TRY(const auto row, co_await read_row(key_row_key(local.first)));
    if (!row || !row->value) out.insert(local.first);
  }
  co_return out;
}

Task<Result<size_t>> Settings::count_names(BucketId id) {
  CO_TRY(const auto dead, co_await keys_gone(id));
  const auto bucket = directory()->bucket(id);
  co_return bucket ? names_of(*bucket, dead) : 0;
}

}  // namespace garage::model
