#include "kv/rocksdb/rocks_store.hpp"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/utilities/checkpoint.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <utility>

#include "base/log.hpp"
#include "kv/rocksdb/background_errors.hpp"
#include "kv/rocksdb/disk_room.hpp"
#include "kv/rocksdb/log_files.hpp"
#include "kv/rocksdb/rocks_directory.hpp"
#include "kv/rocksdb/rocks_iterator.hpp"
#include "kv/rocksdb/rocks_options.hpp"
#include "kv/rocksdb/rocks_status.hpp"

namespace garage::kv {
namespace {

using rocksdb::Slice;
using rocksdb::Status;

constexpr uint64_t kSpareBytes = 1u << 20;
constexpr uint64_t kWorthWritingOut = 1u << 20;
constexpr std::chrono::seconds kWriteOutInterval{10};

Slice to_slice(std::string_view view) {
  return {view.data(), view.size()};
}

std::vector<Family> all_families() {
  std::vector<Family> all(kFamilyCount);
  for (size_t i = 0; i < kFamilyCount; ++i) all[i] = static_cast<Family>(i);
  return all;
}

// What an open database consists of. Whatever another part uses stands above it, since it must go later.
struct Parts {
  RocksOptions options;
  std::shared_ptr<LogFiles> logs;
  std::unique_ptr<rocksdb::Env> env;
  std::shared_ptr<BackgroundErrors> errors;
  std::unique_ptr<rocksdb::DB> db;
  std::array<rocksdb::ColumnFamilyHandle*, kFamilyCount> handles{};
  rocksdb::ColumnFamilyHandle* spare = nullptr;  // RocksDB's "default", always empty
};

class RocksStore : public Store {
 public:
  explicit RocksStore(Parts parts) : parts_(std::move(parts)), room_(parts_.options.directory) {}
  ~RocksStore() override;

  Result<std::optional<std::optional<std::string>>> get_if_cached(Family family, std::string_view key) override;
  Result<std::optional<std::string>> get(Family family, std::string_view key) override;
  std::vector<Result<std::optional<std::string>>> multi_get(std::span<const Key> keys) override;
  std::unique_ptr<Iterator> iterate(Family family, IterateOptions options) override {
    return make_rocks_iterator(db(), handle(family), std::move(options));
  }
  Result<void> write(const Batch& batch, Durability durability) override;
  Result<void> sync() override;
  bool is_short_of_space() override;
  bool has_room_to_settle() override {
    return has_room_for_what_gives_back(parts_.options.directory, memtable_bytes());
  }
  std::optional<std::string> damage() override { return parts_.errors->damage(); }
  uint64_t estimate_count(Family family) override;
  Result<void> checkpoint(std::string directory) override;

  Result<void> make_missing_families(const rocksdb::ColumnFamilyOptions& family_options);
  // The last step of opening.
  Result<void> begin();

 private:
  rocksdb::DB& db() { return *parts_.db; }
  rocksdb::ColumnFamilyHandle* handle(Family family) { return parts_.handles[static_cast<size_t>(family)]; }
  Error error(const Status& status) const { return to_error(status, parts_.options.directory); }
  Result<void> resume();
  uint64_t memtable_bytes();
  void write_out_memtables();

  Parts parts_;
  // Relaxed writes: begun, returned, and on the device for sure. A row that can be read belongs to one that has begun,
  // or was written out when the database was opened.
  std::atomic<uint64_t> begun_{0}, returned_{0}, synced_{0};
  DiskRoom room_;
  std::mutex turn_;  // of who makes room for a log and may begin the next one; guards what follows
  std::chrono::steady_clock::time_point write_out_again_;
};

RocksStore::~RocksStore() {
  if (const auto synced = sync(); !synced) LOG_ERROR("kv", "at the end: {}", synced.error().message);
  parts_.errors->forget();
  for (auto* family : parts_.handles) {
    if (family) db().DestroyColumnFamilyHandle(family).PermitUncheckedError();
  }
  db().DestroyColumnFamilyHandle(parts_.spare).PermitUncheckedError();
  if (const Status closed = db().Close(); !closed.ok()) LOG_ERROR("kv", "at the end: {}", error(closed).message);
}

Result<std::optional<std::optional<std::string>>> RocksStore::get_if_cached(Family family, std::string_view key) {
  rocksdb::ReadOptions read;
  read.read_tier = rocksdb::kBlockCacheTier;
  rocksdb::PinnableSlice value;
  const Status status = db().Get(read, handle(family), to_slice(key), &value);
  using Answer = std::optional<std::optional<std::string>>;
  if (status.ok()) return Answer(std::in_place, value.ToString());
  if (status.IsNotFound()) return Answer(std::in_place, std::nullopt);
  if (status.IsIncomplete()) return Answer();
  return std::unexpected(error(status));
}

Result<std::optional<std::string>> RocksStore::get(Family family, std::string_view key) {
  rocksdb::PinnableSlice value;
  const Status status = db().Get(rocksdb::ReadOptions(), handle(family), to_slice(key), &value);
  if (status.ok()) return value.ToString();
  if (status.IsNotFound()) return std::nullopt;
  return std::unexpected(error(status));
}

std::vector<Result<std::optional<std::string>>> RocksStore::multi_get(std::span<const Key> keys) {
  const size_t count = keys.size();
  std::vector<rocksdb::ColumnFamilyHandle*> families(count);
  std::vector<Slice> slices(count);
  std::vector<rocksdb::PinnableSlice> values(count);
  std::vector<Status> statuses(count);
  for (size_t i = 0; i < count; ++i) {
    families[i] = handle(keys[i].family);
    slices[i] = to_slice(keys[i].bytes);
  }
  db().MultiGet(rocksdb::ReadOptions(), count, families.data(), slices.data(), values.data(), statuses.data());

  std::vector<Result<std::optional<std::string>>> out;
  out.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    if (statuses[i].ok()) {
      out.emplace_back(values[i].ToString());
    } else if (statuses[i].IsNotFound()) {
      out.emplace_back(std::nullopt);
    } else {
      out.emplace_back(std::unexpected(error(statuses[i])));
    }
  }
  return out;
}

Result<void> RocksStore::write(const Batch& batch, Durability durability) {
  rocksdb::WriteBatch records;
  for (const Batch::Entry& entry : batch.entries()) {
    const Status added = entry.value ? records.Put(handle(entry.family), entry.key, *entry.value)
                                     : records.Delete(handle(entry.family), entry.key);
    if (!added.ok()) return std::unexpected(error(added));
  }
  if (records.Count() == 0) return {};

  rocksdb::WriteOptions write;
  write.sync = durability == Durability::kSynced;
  parts_.errors->end_rests();
  std::lock_guard turn(turn_);
  if (parts_.errors->stopped()) CHECK_OK(resume());
  CHECK_OK(parts_.logs->reserve(records.GetDataSize()));
  if (!write.sync) ++begun_;
  Status status = db().Write(write, &records);
  // A flush may have met the full disk since; then this write was refused, not begun.
  if (!status.ok() && parts_.errors->stopped() && resume()) status = db().Write(write, &records);
  if (!write.sync) ++returned_;
  if (!status.ok()) return std::unexpected(parts_.errors->ended().value_or(error(status)));
  return {};
}

// After the disk was full: RocksDB writes out its memtables, which must succeed before it takes new writes. That is
// tried only where they have room, so that a node refusing writes all day does not write and delete tables all day.
Result<void> RocksStore::resume() {
  if (auto ended = parts_.errors->ended()) return std::unexpected(std::move(*ended));
  if (!has_room(parts_.options.directory, memtable_bytes() + kSpareBytes)) {
    return fail(ErrorKind::kNoSpace, parts_.options.directory + ": the disk is full");
  }
  CHECK_OK(parts_.logs->reserve(0));  // for the log it will begin
  parts_.errors->set_stopped(false);
  const Status status = db().Resume();
  if (status.ok()) {
    LOG_INFO("kv", "{}: writes work again", parts_.options.directory);
    return {};
  }
  parts_.errors->set_stopped(true);
  return std::unexpected(error(status));
}

uint64_t RocksStore::memtable_bytes() {
  uint64_t all = 0;
  for (auto* family : parts_.handles) {
    uint64_t bytes = 0;
    if (db().GetIntProperty(family, rocksdb::DB::Properties::kCurSizeAllMemTables, &bytes)) all += bytes;
  }
  return all;
}

bool RocksStore::is_short_of_space() {
  const bool is_short = room_.is_short([this] { return memtable_bytes(); });
  if (is_short) write_out_memtables();
  return is_short;
}

// So that the log's room comes back, and what was deleted gets to where compaction sees it. Whoever writes asks before
// each batch, so nobody waits for that.
void RocksStore::write_out_memtables() {
  const std::unique_lock turn(turn_, std::try_to_lock);
  const auto now = std::chrono::steady_clock::now();
  if (!turn || now < write_out_again_) return;
  write_out_again_ = now + kWriteOutInterval;
  const uint64_t bytes = memtable_bytes();
  if (bytes < kWorthWritingOut || !has_room(parts_.options.directory, bytes + kSpareBytes)) return;
  if (!parts_.logs->reserve(0)) return;  // it begins a new log
  rocksdb::FlushOptions flush;
  flush.wait = false;
  flush.allow_write_stall = true;
  for (auto* family : parts_.handles) {
    const Status asked = db().Flush(flush, family);
    if (asked.IsTryAgain()) return;  // a flush that is under way comes first
    if (!asked.ok()) LOG_WARN("kv", "{}", error(asked).message);
  }
}

Result<void> RocksStore::sync() {
  if (synced_ >= begun_) return {};
  // RocksDB must not touch a log again that has failed; and a sync that follows a failed one may answer well without
  // having written anything.
  if (auto ended = parts_.errors->ended()) return std::unexpected(std::move(*ended));
  const uint64_t covered = returned_;
  const Status status = db().SyncWAL();
  if (!status.ok()) return std::unexpected(error(status));
  for (uint64_t before = synced_; before < covered && !synced_.compare_exchange_weak(before, covered);) {
  }
  return {};
}

uint64_t RocksStore::estimate_count(Family family) {
  uint64_t count = 0;
  db().GetIntProperty(handle(family), rocksdb::DB::Properties::kEstimateNumKeys, &count);
  return count;
}

Result<void> RocksStore::checkpoint(std::string directory) {
  std::error_code failed;
  if (std::filesystem::exists(directory, failed)) return fail(ErrorKind::kExists, directory + " is there already");
  CHECK_OK(parts_.logs->reserve(0));  // it begins a new log
  rocksdb::Checkpoint* made = nullptr;
  Status status = rocksdb::Checkpoint::Create(&db(), &made);
  const std::unique_ptr<rocksdb::Checkpoint> maker(made);
  if (status.ok()) status = maker->CreateCheckpoint(directory);
  if (!status.ok()) return std::unexpected(to_error(status, directory));
  return {};
}

// All at once, so that the file of options is written once.
Result<void> RocksStore::make_missing_families(const rocksdb::ColumnFamilyOptions& family_options) {
  std::vector<std::string> names;
  std::vector<Family> missing;
  for (const Family family : all_families()) {
    if (parts_.handles[static_cast<size_t>(family)]) continue;
    missing.push_back(family);
    names.emplace_back(family_name(family));
  }
  if (missing.empty()) return {};
  std::vector<rocksdb::ColumnFamilyHandle*> made;
  const Status status = db().CreateColumnFamilies(family_options, names, &made);
  for (size_t i = 0; i < made.size(); ++i) parts_.handles[static_cast<size_t>(missing[i])] = made[i];
  if (!status.ok()) return std::unexpected(error(status));
  return {};
}

Result<void> RocksStore::begin() {
  const RocksOptions& options = parts_.options;
  CHECK_OK(note_log_durability(options.directory, options.durability == Durability::kSynced));
  parts_.errors->watch(db(), {parts_.handles.begin(), parts_.handles.end()});
  return {};
}

// The families that exist, in the order of their numbers. Kinds of damage that RocksDB would not see are refused: with
// a family missing it would delete that family's tables as belonging to nobody.
Result<std::vector<Family>> existing_families(const RocksOptions& options, const rocksdb::DBOptions& db_options) {
  std::vector<std::string> names;
  const Status listed = rocksdb::DB::ListColumnFamilies(db_options, options.directory, &names);
  if (!listed.ok()) return std::unexpected(to_error(listed, options.directory));
  std::vector<Family> found;
  for (const Family family : all_families()) {
    if (std::erase(names, family_name(family)) > 0) found.push_back(family);
  }
  std::erase(names, rocksdb::kDefaultColumnFamilyName);
  if (!names.empty()) {
    return fail(ErrorKind::kUnsupported, fmt::format("{}: family {} is unknown; was it written by a newer version?",
                                                     options.directory, names.front()));
  }
  if (found.size() == kFamilyCount) return found;
  TRY(const uint64_t tables, table_bytes(options.directory));
  if (tables > 0) return fail(ErrorKind::kCorrupt, options.directory + ": a family is missing");
  return found;  // the creation was cut short
}

// RocksDB has no code of its own for this: it says so in words, of a store in this process and of one in another.
bool is_held_lock(const Error& error) {
  const auto says = [&error](std::string_view words) { return error.message.find(words) != std::string::npos; };
  return error.kind == ErrorKind::kIo &&
         (says("lock hold by current process") || (says("While lock file: ") && says(std::strerror(EAGAIN))));
}

Error explained(Error error) {
  if (is_held_lock(error)) {
    error.kind = ErrorKind::kExists;
    error.message += " (is another garage running on it?)";
  }
  if (error.kind == ErrorKind::kCorrupt) {
    error.message += fmt::format(". The metadata database is damaged; nothing was changed. {}", kWayOutOfDamage);
  }
  return error;
}

}  // namespace

Result<std::unique_ptr<Store>> open_rocks_store(RocksOptions options) {
  TRY(const DirectoryState state, prepare_directory(options.directory));

  Parts parts;
  parts.logs = LogFiles::create(
      options.directory,
      {.durability = options.durability, .forgive_holes = may_have_holes(options.directory), .under = options.files});
  parts.env = rocksdb::NewCompositeEnv(parts.logs->file_system());
  parts.errors = BackgroundErrors::create();
  rocksdb::DBOptions db_options = make_db_options(options, *parts.env, parts.errors->listener());
  db_options.create_if_missing = state == DirectoryState::kBlank;
  TRY(const uint64_t tables, table_bytes(options.directory));
  const rocksdb::ColumnFamilyOptions family_options = make_family_options(options, tables);

  std::vector<Family> found;
  if (state == DirectoryState::kDatabase) {
    auto existing = existing_families(options, db_options);
    if (!existing) return std::unexpected(explained(existing.error()));
    found = std::move(*existing);
  }
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors{{rocksdb::kDefaultColumnFamilyName, family_options}};
  for (const Family family : found) descriptors.emplace_back(std::string(family_name(family)), family_options);
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const Status opened = rocksdb::DB::Open(db_options, options.directory, descriptors, &handles, &db);
  if (!opened.ok()) return std::unexpected(explained(to_error(opened, options.directory)));
  parts.db.reset(db);
  parts.logs->opened();
  parts.spare = handles.front();
  for (size_t i = 0; i < found.size(); ++i) parts.handles[static_cast<size_t>(found[i])] = handles[i + 1];
  parts.options = std::move(options);

  auto store = std::make_unique<RocksStore>(std::move(parts));
  CHECK_OK(store->make_missing_families(family_options));
  CHECK_OK(store->begin());
  return store;
}

}  // namespace garage::kv
