#include "model/settings.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "codec/big_endian.hpp"
#include "model/settings_copies.hpp"
#include "model/settings_rows.hpp"
#include "table/ord_codec.hpp"

namespace garage::model {

// Settings rows change nothing but themselves; the snapshot follows once they are durable.
class Settings::TableSchema : public table::Schema {
 public:
  explicit TableSchema(Settings& settings) : settings_(settings) {}
  kv::Family family() const override { return kv::Family::kSettings; }
  Result<void> on_install(kv::View&, kv::Batch&, std::string_view, const std::optional<table::Row>&,
                          const table::Row&) override {
    return {};
  }
  void installed(std::string_view key, const table::Row& row) override {
    const std::pair<std::string_view, const table::Row*> one(key, &row);
    settings_.show({&one, 1});
  }

 private:
  Settings& settings_;
};

Settings::Settings(kv::Store& store, runtime::Clock& clock, runtime::Random& random, SettingsOptions options)
    : store_(store),
      clock_(clock),
      random_(random),
      options_(options),
      schema_(std::make_unique<TableSchema>(*this)),
      directory_(std::make_shared<const Directory>()) {}

Settings::~Settings() = default;

Result<std::unique_ptr<Settings>> Settings::open(kv::Store& store, runtime::Clock& clock, runtime::Random& random,
                                                 MakeRegister make_register, SettingsOptions options) {
  std::unique_ptr<Settings> settings(new Settings(store, clock, random, options));
  settings->register_ = make_register(*settings->schema_);
  CHECK_OK(settings->load());
  return settings;
}

namespace {

// One decoded row into the directory's maps; a tombstone takes it out.
struct Applied {
  std::map<BucketId, std::shared_ptr<const Bucket>>& buckets;
  std::set<BucketId>& gone;
  std::map<std::string, BucketId, std::less<>>& aliases;
  std::unordered_map<std::string, std::shared_ptr<const AccessKey>, StringHash, std::equal_to<>>& keys;
  std::map<std::string, std::shared_ptr<const AdminToken>, std::less<>>& admin_tokens;
  std::unordered_set<BucketId, FixedBytesHash>& closed;
};

Result<void> apply_row(Applied to, std::string_view key, const std::optional<std::string>& value) {
  if (key.empty()) return fail(ErrorKind::kCorrupt, "settings row without a key");
  const std::string_view name = key.substr(1);
  switch (key[0]) {
    case kBucketRow: {
      const auto id = BucketId::from_raw(name);
      if (!id) return fail(ErrorKind::kCorrupt, "bucket row: its key is not an id");
      if (!value) {
        to.buckets.erase(*id);
        to.gone.insert(*id);
        to.closed.insert(*id);
        return {};
      }
      TRY(Bucket bucket, decode_bucket(*value));
      if (bucket.deletion) {
        to.closed.insert(*id);
      } else {
        to.closed.erase(*id);
      }
      to.buckets[*id] = std::make_shared<const Bucket>(std::move(bucket));
      return {};
    }
    case kAliasRow: {
      if (!value) {
        to.aliases.erase(std::string(name));
        return {};
      }
      const auto id = BucketId::from_raw(*value);
      if (!id) return fail(ErrorKind::kCorrupt, "alias row: its value is not an id");
      to.aliases[std::string(name)] = *id;
      return {};
    }
    case kKeyRow: {
      if (!value) {
        to.keys.erase(std::string(name));
        return {};
      }
      TRY(AccessKey access_key, decode_access_key(*value));
      to.keys[std::string(name)] = std::make_shared<const AccessKey>(std::move(access_key));
      return {};
    }
    case kTokenRow: {
      if (!value) {
        to.admin_tokens.erase(std::string(name));
        return {};
      }
      TRY(AdminToken token, decode_admin_token(*value));
      to.admin_tokens[std::string(name)] = std::make_shared<const AdminToken>(std::move(token));
      return {};
    }
    default:
      return {};  // of a newer version
  }
}

}  // namespace

Result<void> Settings::load() {
  auto directory = std::make_shared<Directory>();
  auto iterator = store_.iterate(kv::Family::kSettings, {});
  for (iterator->seek(""); iterator->valid(); iterator->next()) {
    auto row = table::decode_row(iterator->key(), iterator->value());
    if (!row) {
      left_out(row.error());
      continue;
    }
    count(iterator->key(), row->ord);
    const Applied maps{directory->buckets_, directory->gone_,         directory->aliases_,
                       directory->keys_,    directory->admin_tokens_, closed_};
    if (auto applied = apply_row(maps, iterator->key(), row->value); !applied) left_out(applied.error());
  }
  CHECK_OK(iterator->status());
  directory_.store(std::move(directory));
  return {};
}

void Settings::left_out(const Error& why) {
  if (left_out_.fetch_add(1, std::memory_order_relaxed) > 0) return;
  LOG_ERROR("model", "a row of the settings cannot be read ({}): it is left out, and so are others like it from now on",
            why.message);
}

void Settings::show(Shown rows) {
  if (rows.empty()) return;
  std::lock_guard lock(swap_mutex_);
  auto directory = std::make_shared<Directory>(*directory_.load());
  for (const auto& [key, row] : rows) {
    count(key, row->ord);
    const Applied maps{directory->buckets_, directory->gone_,         directory->aliases_,
                       directory->keys_,    directory->admin_tokens_, closed_};
    if (auto applied = apply_row(maps, key, row->value); !applied) left_out(applied.error());
  }
  directory_.store(std::move(directory));
}

// Rows of one key and ord are the same row, so these say all.
void Settings::count(std::string_view key, Ord ord) {
  const auto hash = [key](Ord at) {
    return crypto::xxh3_128(std::string(key).append(table::view(table::ord_bytes(at))));
  };
  auto it = ords_.find(key);
  if (it == ords_.end()) {
    it = ords_.emplace(std::string(key), ord).first;
  } else {
    const auto old = hash(std::exchange(it->second, ord));
    digest_.hi -= old.hi;
    digest_.lo -= old.lo;
  }
  const auto fresh = hash(ord);
  digest_.hi += fresh.hi;
  digest_.lo += fresh.lo;
}

std::string Settings::digest() const {
  std::lock_guard lock(swap_mutex_);
  std::string out;
  codec::append_u64_be(out, digest_.hi);
  codec::append_u64_be(out, digest_.lo);
  return out;
}

bool Settings::has(const std::vector<std::pair<std::string, Ord>>& rows) const {
  std::lock_guard lock(swap_mutex_);
  return std::ranges::all_of(rows, [this](const auto& row) {
    const auto held = ords_.find(row.first);
    return held != ords_.end() && !(held->second < row.second);
  });
}

table::Schema& Settings::schema() {
  return *schema_;
}

Task<Result<std::optional<table::Row>>> Settings::read_row(std::string key) {
  return register_->read(std::move(key));
}

Task<Result<table::Row>> Settings::settle_row(std::string key, Ord above) {
  CO_TRY(auto settled, co_await register_->settle(std::move(key), {.above = above, .abort_upload = {}}));
  co_return std::move(settled.row);
}

Task<bool> Settings::look_for_key(std::string id) {
  if (copies_ == nullptr) co_return false;
  (void)co_await copies_->look_again(key_row_key(id));
  co_return directory()->key(id) != nullptr;  // whoever asked for it
}

Task<Result<bool>> Settings::look_for_bucket(std::string global_alias) {
  if (copies_ == nullptr) co_return false;
  auto asked = co_await copies_->look_again(alias_row_key(global_alias));
  const auto id = directory()->alias_target(global_alias);
  if (id && !directory()->bucket(*id)) asked = co_await copies_->look_again(bucket_row_key(*id));
  if (id && directory()->bucket(*id)) co_return true;  // whoever asked for it
  if (!asked) co_return std::unexpected(std::move(asked).error());
  co_return false;
}

Task<Result<void>> Settings::ask_about_row(std::string key) {
  if (copies_ == nullptr) co_return Result<void>{};
  CO_TRY([[maybe_unused]] const bool changed, co_await copies_->look_again(std::move(key)));
  co_return Result<void>{};
}

Task<Result<void>> Settings::ask_about_bucket(BucketId id) {
  return ask_about_row(bucket_row_key(id));
}
Task<Result<void>> Settings::ask_about_key(std::string id) {
  return ask_about_row(key_row_key(id));
}
Task<Result<void>> Settings::ask_about_admin_token(std::string id) {
  return ask_about_row(admin_token_row_key(id));
}

bool Settings::is_fresh() const {
  return copies_ == nullptr || copies_->is_fresh();
}

Task<bool> Settings::confirm(std::string key_id, std::string bucket_name) {
  if (!key_id.empty() && !co_await copies_->look_again(key_row_key(key_id), SettingsCopies::kTrusted)) co_return false;
  if (bucket_name.empty()) co_return true;
  if (!co_await copies_->look_again(alias_row_key(bucket_name), SettingsCopies::kTrusted)) co_return false;
  const auto directory = this->directory();
  const auto key = directory->key(key_id);
  const auto bucket = directory->resolve_bucket(bucket_name, key.get());
  if (!bucket) co_return true;
  co_return (co_await copies_->look_again(bucket_row_key(bucket->id), SettingsCopies::kTrusted)).has_value();
}

Task<Result<void>> Settings::write_row(std::string key, std::shared_ptr<table::Decision> decision,
                                       std::shared_ptr<table::CommitExtra> extra) {
  table::Write write;
  write.key = key;
  write.uuid = random_.id<Uuid>();
  write.decision = std::move(decision);
  write.conditional = true;
  write.extra = std::move(extra);
  {
    CO_TRY([[maybe_unused]] const auto turn, co_await turns_.take(key));
    CO_TRY([[maybe_unused]] auto written, co_await register_->write(std::move(write)));
  }
  if (copies_ != nullptr) co_await copies_->spread(std::move(key));
  co_return Result<void>{};
}

}  // namespace garage::model
