// One ascending cursor over several shards of a family: a merge of one cursor a shard by what follows the shard.
//
// Ownership: borrows the store. Blocking unless `cached_only`; one thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "kv/store.hpp"

namespace garage::table {

class ShardCursor {
 public:
  // Rows whose part behind the shard begins with `prefix`.
  ShardCursor(kv::Store& store, kv::Family family, const std::vector<std::string>& shards, std::string_view prefix,
              bool cached_only);

  // All shards to the first row at or after `key` (without the shard).
  void seek(std::string_view key);
  // The smallest row; false at the end or after an error.
  bool valid() const { return best_ != nullptr; }
  // Without the shard. Valid until the cursor moves.
  std::string_view key() const { return best_->key; }
  std::string_view row_key() const { return best_->iterator->key(); }
  std::string_view value() const { return best_->iterator->value(); }
  size_t shard() const { return static_cast<size_t>(best_ - shards_.data()); }
  void next();
  // Past all rows that begin with `prefix`.
  void skip_prefix(std::string_view prefix);
  Result<void> status() const;
  // Moves made, as a measure of work done.
  size_t steps() const { return steps_; }

 private:
  struct Shard {
    std::string prefix;
    std::unique_ptr<kv::Iterator> iterator;
    // Kept here, because every step looks at all shards and moves one.
    bool valid = false;
    std::string_view key;

    void look() {
      valid = iterator->valid();
      if (valid) key = iterator->key().substr(prefix.size());
    }
  };
  void find_best();

  std::vector<Shard> shards_;
  const Shard* best_ = nullptr;
  size_t steps_ = 0;
};

}  // namespace garage::table
