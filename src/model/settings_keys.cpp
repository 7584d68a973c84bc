// Access keys.
#include <algorithm>

#include "model/settings.hpp"
#include "model/settings_edit.hpp"
#include "model/settings_rows.hpp"

namespace garage::model {
namespace {

using EditKeyRow = EditRow<AccessKey, decode_access_key, encode_access_key>;

}  // namespace

Task<Result<AccessKey>> Settings::create_key(std::string name, std::optional<uint64_t> expires_ms) {
  AccessKey key = generate_access_key(random_, std::move(name), clock_.wall_now().unix_ms);
  key.expires_ms = expires_ms;
  CO_CHECK_OK(co_await write_row(key_row_key(key.id), std::make_shared<CreateRow>(encode_access_key(key), false)));
  co_return key;
}

Task<Result<AccessKey>> Settings::import_key(std::string id, Secret secret, std::string name) {
  CO_CHECK_OK(check_imported_key(id, secret.reveal()));
  AccessKey key;
  key.id = std::move(id);
  key.secret = std::move(secret);
  key.name = std::move(name);
  key.created_ms = clock_.wall_now().unix_ms;
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
  auto decision = std::make_shared<EditKeyRow>(std::move(edit));
  auto written = co_await write_row(key_row_key(id), decision);
  if (!written && written.error().kind == ErrorKind::kNotFound && !directory()->key(id)) {
    co_return fail(ErrorKind::kNotFound, "Access key " + id + " does not exist");
  }
  if (!written) co_return std::unexpected(written.error());
  co_return decision->result();
}

Task<Result<void>> Settings::delete_key(std::string id) {
  auto key = directory()->key(id);
  if (!key) co_return fail(ErrorKind::kNotFound, "Access key " + id + " does not exist");
  // The key first: it signs nothing any more, whatever happens next.
  CO_CHECK_OK(co_await write_row(key_row_key(id), std::make_shared<RemoveRow>(std::nullopt)));
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
  co_return Result<void>{};
}

}  // namespace garage::model
