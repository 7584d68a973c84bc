// One ascending cursor over all shards of a bucket: a merge of one cursor a shard. Private to this module.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "kv/store.hpp"

namespace garage::object {

class ShardMerge {
 public:
  // Rows whose part behind the shard begins with `prefix`.
  ShardMerge(kv::Store& store, kv::Family family, const BucketId& bucket, uint32_t spread, std::string_view prefix,
             bool cached_only);

  // All shards to the first row at or after `key` (without bucket and shard).
  void seek(std::string_view key);
  // The smallest row; false at the end or after an error.
  bool valid() const { return best_ != nullptr; }
  // Without bucket and shard. Valid until the cursor moves.
  std::string_view key() const { return best_->key; }
  std::string_view row_key() const { return best_->iterator->key(); }
  std::string_view value() const { return best_->iterator->value(); }
  void next();
  // Past all rows that begin with `prefix`, which the current one does.
  void skip_prefix(std::string_view prefix);
  Result<void> status() const;
  // Moves made, as a measure of work done.
  size_t steps() const { return steps_; }

 private:
  static constexpr size_t kShardPrefixBytes = BucketId::kSize + 2;
  struct Shard {
    std::string prefix;  // bucket and shard
    std::unique_ptr<kv::Iterator> iterator;
    // Kept here, because every step looks at all shards and moves one.
    bool valid = false;
    std::string_view key;  // without bucket and shard

    void look() {
      valid = iterator->valid();
      if (valid) key = iterator->key().substr(kShardPrefixBytes);
    }
  };
  void find_best();

  std::vector<Shard> shards_;
  Shard* best_ = nullptr;
  size_t steps_ = 0;
};

}  // namespace garage::object
