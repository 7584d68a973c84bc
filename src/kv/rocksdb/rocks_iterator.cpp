#include "kv/rocksdb/rocks_iterator.hpp"

#include <rocksdb/db.h>

#include <utility>

#include "kv/rocksdb/rocks_status.hpp"

namespace garage::kv {
namespace {

std::string_view to_view(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}
rocksdb::Slice to_slice(std::string_view view) {
  return {view.data(), view.size()};
}

class RocksIterator : public Iterator {
 public:
  RocksIterator(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, IterateOptions options)
      : options_(std::move(options)), lower_(to_slice(options_.lower_bound)), upper_(to_slice(options_.upper_bound)) {
    rocksdb::ReadOptions read;
    if (!options_.lower_bound.empty()) read.iterate_lower_bound = &lower_;
    if (!options_.upper_bound.empty()) read.iterate_upper_bound = &upper_;
    if (options_.cached_only) read.read_tier = rocksdb::kBlockCacheTier;
    it_.reset(db.NewIterator(read, family));
  }

  void seek(std::string_view key) override { it_->Seek(to_slice(key)); }
  void seek_last(std::string_view key) override { it_->SeekForPrev(to_slice(key)); }
  void next() override {
    if (it_->Valid()) it_->Next();
  }
  void previous() override {
    if (it_->Valid()) it_->Prev();
  }
  bool valid() const override { return it_->Valid(); }
  std::string_view key() const override { return to_view(it_->key()); }
  std::string_view value() const override { return to_view(it_->value()); }
  Result<void> status() const override {
    const rocksdb::Status status = it_->status();
    if (status.ok()) return {};
    return std::unexpected(to_error(status, "metadata cursor"));
  }

 private:
  const IterateOptions options_;
  const rocksdb::Slice lower_;  // RocksDB keeps pointers to both
  const rocksdb::Slice upper_;
  std::unique_ptr<rocksdb::Iterator> it_;
};

}  // namespace

std::unique_ptr<Iterator> make_rocks_iterator(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family,
                                              IterateOptions options) {
  return std::make_unique<RocksIterator>(db, family, std::move(options));
}

}  // namespace garage::kv
