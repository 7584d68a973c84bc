#include "object/shard_merge.hpp"

#include "table/row_key.hpp"

namespace garage::object {

ShardMerge::ShardMerge(kv::Store& store, kv::Family family, const BucketId& bucket, uint32_t spread,
                       std::string_view prefix, bool cached_only) {
  shards_.reserve(spread);
  for (uint32_t shard = 0; shard < spread; ++shard) {
    std::string shard_prefix = table::shard_prefix(bucket, static_cast<uint16_t>(shard));
    const std::string lower = shard_prefix + std::string(prefix);
    auto iterator = store.iterate(family, {lower, table::prefix_end(lower), cached_only});
    shards_.push_back({std::move(shard_prefix), std::move(iterator), false, {}});
  }
}

void ShardMerge::seek(std::string_view key) {
  for (Shard& shard : shards_) {
    shard.iterator->seek(shard.prefix + std::string(key));
    shard.look();
    ++steps_;
  }
  find_best();
}

void ShardMerge::next() {
  best_->iterator->next();
  best_->look();
  ++steps_;
  find_best();
}

void ShardMerge::skip_prefix(std::string_view prefix) {
  const std::string skipped(prefix);
  const std::string after = table::prefix_end(skipped);
  for (Shard& shard : shards_) {
    if (!shard.valid || !shard.key.starts_with(skipped)) continue;
    // No key lies behind a prefix of nothing but 0xff: then the shard is at its end.
    shard.iterator->seek(after.empty() ? table::prefix_end(shard.prefix) : shard.prefix + after);
    shard.look();
    ++steps_;
  }
  find_best();
}

void ShardMerge::find_best() {
  best_ = nullptr;
  for (Shard& shard : shards_) {
    if (shard.valid && (best_ == nullptr || shard.key < best_->key)) best_ = &shard;
  }
}

Result<void> ShardMerge::status() const {
  for (const Shard& shard : shards_) CHECK_OK(shard.iterator->status());
  return {};
}

}  // namespace garage::object
