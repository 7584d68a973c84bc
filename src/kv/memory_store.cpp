#include "kv/memory_store.hpp"

#include <algorithm>
#include <utility>

namespace garage::kv {
namespace {

class MemoryIterator : public Iterator {
 public:
  MemoryIterator(PersistentMap rows, IterateOptions options, Result<void> status)
      : rows_(std::move(rows)), options_(std::move(options)), status_(std::move(status)) {}

  void seek(std::string_view key) override { place(rows_.at_or_after(std::max(key, lower()))); }
  void seek_last(std::string_view key) override {
    const bool beyond = !options_.upper_bound.empty() && key >= options_.upper_bound;
    place(beyond ? rows_.before(options_.upper_bound) : rows_.at_or_before(key));
  }
  void next() override {
    if (at_) place(rows_.after(at_->key));
  }
  void previous() override {
    if (at_) place(rows_.before(at_->key));
  }
  bool valid() const override { return at_ != nullptr; }
  std::string_view key() const override { return at_->key; }
  std::string_view value() const override { return at_->value; }
  Result<void> status() const override { return status_; }

 private:
  std::string_view lower() const { return options_.lower_bound; }
  void place(const PersistentMap::Entry* entry) {
    const bool inside = entry && entry->key >= options_.lower_bound &&
                        (options_.upper_bound.empty() || entry->key < options_.upper_bound);
    at_ = status_ && inside ? entry : nullptr;
  }

  const PersistentMap rows_;
  const IterateOptions options_;
  const Result<void> status_;
  const PersistentMap::Entry* at_ = nullptr;
};

std::optional<std::string> value_of(const PersistentMap& rows, std::string_view key) {
  const PersistentMap::Entry* entry = rows.find(key);
  return entry ? std::optional(entry->value) : std::nullopt;
}

}  // namespace

Result<void> MemoryStore::take(Fault& fault, std::string_view what) {
  if (fault.left == 0) return {};
  --fault.left;
  return fail(fault.kind, std::string(what) + " failed as the test asked");
}

Result<std::optional<std::optional<std::string>>> MemoryStore::get_if_cached(Family family, std::string_view key) {
  std::lock_guard lock(mutex_);
  if (cold_) return std::optional<std::optional<std::string>>();
  return std::optional(value_of(visible_[static_cast<size_t>(family)], key));
}

Result<std::optional<std::string>> MemoryStore::get(Family family, std::string_view key) {
  std::lock_guard lock(mutex_);
  CHECK_OK(take(read_fault_, "read"));
  return value_of(visible_[static_cast<size_t>(family)], key);
}

std::vector<Result<std::optional<std::string>>> MemoryStore::multi_get(std::span<const Key> keys) {
  std::lock_guard lock(mutex_);
  std::vector<Result<std::optional<std::string>>> out;
  out.reserve(keys.size());
  const Result<void> fault = take(read_fault_, "read");
  for (const Key& key : keys) {
    if (fault) {
      out.emplace_back(value_of(visible_[static_cast<size_t>(key.family)], key.bytes));
    } else {
      out.emplace_back(std::unexpected(fault.error()));
    }
  }
  return out;
}

std::unique_ptr<Iterator> MemoryStore::iterate(Family family, IterateOptions options) {
  std::lock_guard lock(mutex_);
  Result<void> status = take(read_fault_, "read");
  if (status && cold_ && options.cached_only) status = fail(ErrorKind::kUnavailable, "not in memory");
  return std::make_unique<MemoryIterator>(visible_[static_cast<size_t>(family)], std::move(options), std::move(status));
}

Result<void> MemoryStore::write(const Batch& batch, Durability durability) {
  std::lock_guard lock(mutex_);
  CHECK_OK(take(write_fault_, "write"));
  for (const Batch::Entry& entry : batch.entries()) {
    PersistentMap& rows = visible_[static_cast<size_t>(entry.family)];
    if (entry.value) {
      rows.put(entry.key, *entry.value);
    } else {
      rows.remove(entry.key);
    }
  }
  if (durability == Durability::kRelaxed) {
    unsynced_.push_back(visible_);
  } else {
    synced_ = visible_;
    unsynced_.clear();
  }
  return {};
}

Result<void> MemoryStore::sync() {
  std::lock_guard lock(mutex_);
  CHECK_OK(take(write_fault_, "sync"));
  synced_ = visible_;
  unsynced_.clear();
  return {};
}

uint64_t MemoryStore::estimate_count(Family family) {
  std::lock_guard lock(mutex_);
  return visible_[static_cast<size_t>(family)].size();
}

Result<void> MemoryStore::checkpoint(std::string directory) {
  return fail(ErrorKind::kUnsupported, "a store in memory has no files to copy to " + directory);
}

void MemoryStore::crash(size_t unsynced_kept) {
  std::lock_guard lock(mutex_);
  const size_t kept = std::min(unsynced_kept, unsynced_.size());
  if (kept > 0) synced_ = unsynced_[kept - 1];
  visible_ = synced_;
  unsynced_.clear();
}

size_t MemoryStore::unsynced_batches() const {
  std::lock_guard lock(mutex_);
  return unsynced_.size();
}

void MemoryStore::fail_next_writes(ErrorKind kind, size_t count) {
  std::lock_guard lock(mutex_);
  write_fault_ = {kind, count};
}

void MemoryStore::fail_next_reads(ErrorKind kind, size_t count) {
  std::lock_guard lock(mutex_);
  read_fault_ = {kind, count};
}

void MemoryStore::set_cold(bool cold) {
  std::lock_guard lock(mutex_);
  cold_ = cold;
}

void MemoryStore::set_short_of_space(bool is_short, bool room_to_settle) {
  std::lock_guard lock(mutex_);
  short_of_space_ = is_short;
  room_to_settle_ = room_to_settle;
}

bool MemoryStore::is_short_of_space() {
  std::lock_guard lock(mutex_);
  return short_of_space_;
}

bool MemoryStore::has_room_to_settle() {
  std::lock_guard lock(mutex_);
  return room_to_settle_;
}

void MemoryStore::set_damage(std::optional<std::string> damage) {
  std::lock_guard lock(mutex_);
  damage_ = std::move(damage);
}

std::optional<std::string> MemoryStore::damage() {
  std::lock_guard lock(mutex_);
  return damage_;
}

}  // namespace garage::kv
