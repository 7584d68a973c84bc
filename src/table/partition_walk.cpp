#include "table/partition_walk.hpp"

#include "base/ids.hpp"
#include "table/row_key.hpp"

namespace garage::table {
namespace {

constexpr size_t kShardPrefixBytes = BucketId::kSize + 2;

bool has_shards(kv::Family family) {
  return family == kv::Family::kObject || family == kv::Family::kVersion || family == kv::Family::kUpload;
}

kv::IterateOptions bounds_of(kv::Family family, Partition partition) {
  if (family != kv::Family::kBlockRef) return {};
  KeyStretch stretch = stretch_of_hashes(partition);
  return {std::move(stretch.from), std::move(stretch.until)};
}

}  // namespace

PartitionWalk::PartitionWalk(kv::Store& store, kv::Family family, Partition partition, std::string_view behind)
    : family_(family), partition_(partition), rows_(store.iterate(family, bounds_of(family, partition))) {
  rows_->seek(behind.empty() ? std::string() : std::string(behind) + '\0');
  find();
}

void PartitionWalk::next() {
  rows_->next();
  find();
}

void PartitionWalk::find() {
  while (rows_->valid()) {
    if (!good_shard_.empty() && rows_->key().starts_with(good_shard_)) return;
    const std::string shard(rows_->key().substr(0, kShardPrefixBytes));
    if (partition_of_row(family_, rows_->key()) == partition_) {
      if (has_shards(family_)) good_shard_ = shard;
      return;
    }
    const std::string next_shard = has_shards(family_) ? prefix_end(shard) : std::string();
    if (!next_shard.empty()) {
      rows_->seek(next_shard);
    } else {
      rows_->next();
    }
  }
}

}  // namespace garage::table
