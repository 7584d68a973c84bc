#include "model/settings.hpp"

#include "base/log.hpp"
#include "model/settings_rows.hpp"

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
  void installed(std::string_view key, const table::Row& row) override { settings_.installed(key, row); }

 private:
  Settings& settings_;
};

Settings::Settings(kv::Store& store, runtime::Clock& clock, runtime::Random& random, SettingsOptions options)
    : store_(store), clock_(clock), random_(random), options_(options), schema_(std::make_unique<TableSchema>(*this)) {
  directory_.store(std::make_shared<const Directory>());
}

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
  std::map<std::string, BucketId, std::less<>>& aliases;
  std::unordered_map<std::string, std::shared_ptr<const AccessKey>, StringHash, std::equal_to<>>& keys;
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
        return {};
      }
      TRY(Bucket bucket, decode_bucket(*value));
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
    if (!row) return std::unexpected(row.error().within("settings table"));
    CHECK_OK(apply_row({directory->buckets_, directory->aliases_, directory->keys_}, iterator->key(), row->value));
  }
  CHECK_OK(iterator->status());
  directory_.store(std::move(directory));
  return {};
}

void Settings::installed(std::string_view key, const table::Row& row) {
  std::lock_guard lock(swap_mutex_);
  auto directory = std::make_shared<Directory>(*directory_.load());
  if (auto applied = apply_row({directory->buckets_, directory->aliases_, directory->keys_}, key, row.value);
      !applied) {
    LOG_ERROR("model", "settings row not understood: {}", applied.error().message);
    return;
  }
  directory_.store(std::move(directory));
}

Task<Result<void>> Settings::write_row(std::string key, std::shared_ptr<table::Decision> decision,
                                       std::shared_ptr<table::CommitExtra> extra) {
  table::Write write;
  write.key = std::move(key);
  write.uuid = random_.id<Uuid>();
  write.decision = std::move(decision);
  write.conditional = true;
  write.extra = std::move(extra);
  CO_TRY([[maybe_unused]] auto written, co_await register_->write(std::move(write)));
  co_return Result<void>{};
}

}  // namespace garage::model
