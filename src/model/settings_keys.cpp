// Access keys.
#include <algorithm>

#include "model/settings.hpp"
#include "model/settings_edit.hpp"
#include "model/settings_rows.hpp"

namespace garage::model {
namespace {

using EditKeyRow = EditRow<AccessKey, decode_access_key, encode_access_key>;

}  // namespace

Task<Result<AccessKey>> Settings::create_key(std::string name, std::optional<uint64_t> expires_ms,
                                             bool may_create_buckets) {
  CO_CHECK_OK(check_label("name of an access key", name));
  AccessKey key = generate_access_key(random_, std::move(name), clock_.wall_now().unix_ms);
  key.expires_ms = expires_ms;
  key.may_create_buckets = may_create_buckets;
  CO_CHECK_OK(co_await write_row(key_row_key(key.id), std::make_shared<CreateRow>(encode_access_key(key), false)));
  co_return key;
}

Task<Result<AccessKey>> Settings::import_key(std::string id, Secret secret, std::string name, bool may_create_buckets) {
  CO_CHECK_OK(check_label("name of an access key", name));
  CO_CHECK_OK(check_imported_key(id, secret.reveal()));
  AccessKey key;
  key.id = std::move(id);
  key.secret = std::move(secret);
  key.name = std::move(name);
  key.created_ms = clock_.wall_now().unix_ms;
  key.may_create_buckets = may_create_buckets;
  auto created = co_await write_row(key_row_key(key.id), std::make_shared<CreateRow>(encode_access_key(key), false));
  if (!created && created.error().kind == ErrorKind::kExists) {
    const bool live = directory()->key(key.id) != nullptr;
    co_return fail(ErrorKind::kExists,
                   live ? "Access key " + key.id + " already exists"
                        : "Access key " + key.id + " was deleted in the cluster, cannot add it back");
  }
  if (!created) co_return std::unexpected(created.error());
  co_return key;
}

Task<Result<AccessKey>> Settings::edit_key(std::string id, KeyEdit edit) {
  auto checked = [edit = std::move(edit)](AccessKey& key) -> Result<void> {
    const std::string name = key.name;
    CHECK_OK(edit(key));
    return key.name == name ? Result<void>{} : check_label("name of an access key", key.name);
  };
  auto decision = std::make_shared<EditKeyRow>(std::move(checked));
  auto written = co_await write_row(key_row_key(id), decision);
  if (!written && written.error().kind == ErrorKind::kNotFound && !directory()->key(id)) {
    co_return fail(ErrorKind::kNotFound, "Access key " + id + " does not exist");
  }
  if (!written) co_return std::unexpected(written.error());
  co_return decision->result();
}

Task<Result<void>> Settings::delete_key(std::string id) {
  // The key first: it signs nothing any more, whatever happens next.
  const auto removed = co_await write_row(key_row_key(id), std::make_shared<RemoveRow>(std::nullopt));
  const bool was_gone = !removed && removed.error().kind == ErrorKind::kNotFound;
  if (!removed && !was_gone) co_return removed;
  // Also where it was gone: who deleted it may have died before its rights and names went.
  for (const auto& bucket : directory()->buckets()) {
    const bool named =
        std::ranges::any_of(bucket->local_aliases, [&id](const auto& alias) { return alias.first == id; });
    if (!named && !bucket->permissions.contains(id)) continue;
    auto edit = [id](Bucket& b) -> Result<void> {
      b.permissions.erase(id);
      std::erase_if(b.local_aliases, [&id](const auto& alias) { return alias.first == id; });
      return {};
    };
    auto edited = co_await edit_bucket(bucket->id, std::move(edit));
    if (!edited && edited.error().kind != ErrorKind::kNotFound) co_return std::unexpected(edited.error());
  }
  if (was_gone) co_return fail(ErrorKind::kNotFound, "Access key " + id + " does not exist");
  co_return Result<void>{};
}

}  // namespace garage::model
