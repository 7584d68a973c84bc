#include "table/shard_cursor.hpp"

#include "table/row_key.hpp"

namespace garage::table {

ShardCursor::ShardCursor(kv::Store& store, kv::Family family, const std::vector<std::string>& shards,
                         std::string_view prefix, bool cached_only) {
  shards_.reserve(shards.size());
  for (const std::string& shard : shards) {
    const std::string lower = shard + std::string(prefix);
    shards_.push_back({shard, store.iterate(family, {lower, prefix_end(lower), cached_only}), false, {}});
  }
}

void ShardCursor::seek(std::string_view key) {
  for (Shard& shard : shards_) {
    shard.iterator->seek(shard.prefix + std::string(key));
    shard.look();
    ++steps_;
  }
  find_best();
}

void ShardCursor::next() {
  Shard& moved = shards_[shard()];
  moved.iterator->next();
  moved.look();
  ++steps_;
  find_best();
}

void ShardCursor::skip_prefix(std::string_view prefix) {
  const std::string skipped(prefix);
  const std::string after = prefix_end(skipped);
  for (Shard& shard : shards_) {
    if (!shard.valid || !shard.key.starts_with(skipped)) continue;
    // No key lies behind a prefix of nothing but 0xff: then the shard is at its end.
    shard.iterator->seek(after.empty() ? prefix_end(shard.prefix) : shard.prefix + after);
    shard.look();
    ++steps_;
  }
  find_best();
}

void ShardCursor::find_best() {
  best_ = nullptr;
  for (const Shard& shard : shards_) {
    if (shard.valid && (best_ == nullptr || shard.key < best_->key)) best_ = &shard;
  }
}

Result<void> ShardCursor::status() const {
  for (const Shard& shard : shards_) CHECK_OK(shard.iterator->status());
  return {};
}

}  // namespace garage::table
