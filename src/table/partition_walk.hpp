// The rows of one partition in key order: one stretch of block references; shard by shard of a bucket's rows; of
// settings those whose key happens to belong there.
//
// Blocking; one thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "kv/store.hpp"
#include "table/partition.hpp"

namespace garage::table {

class PartitionWalk {
 public:
  // Rows behind the given key; empty: all.
  PartitionWalk(kv::Store& store, kv::Family family, Partition partition, std::string_view behind);

  bool valid() const { return rows_->valid(); }
  std::string_view key() const { return rows_->key(); }
  std::string_view value() const { return rows_->value(); }
  void next();
  Result<void> status() const { return rows_->status(); }

 private:
  void find();

  const kv::Family family_;
  const Partition partition_;
  std::unique_ptr<kv::Iterator> rows_;
  std::string good_shard_;  // known to belong to the partition
};

}  // namespace garage::table
