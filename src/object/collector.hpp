// The collector's changes: each looks again, inside the commit, at whether something still needs what it is about to
// drop. On a set of one replica the row it sees there is the settled one, and a change is atomic with the references,
// so the verdict is final. Private to this module.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "block/block_store.hpp"
#include "kv/commit_queue.hpp"
#include "model/object_version.hpp"
#include "object/queue_entry.hpp"

namespace garage::object {

// A body, or one page of its block list.
struct DropStep {
  Uuid owner;
  std::vector<BlockHash> hashes;
  std::vector<kv::Key> rows;  // that go with it: the page, the small body
};

// Drops one step's references and rows, unless the object row names the owner (then it is spared).
class DropChange : public kv::Change {
 public:
  DropChange(block::BlockStore& blocks, std::string row_key, DropStep step);
  void reads(std::vector<kv::Key>& out) const override;
  Result<void> apply(kv::View& view, kv::Batch& batch) override;
  void committed() override;
  bool spared() const { return spared_; }

 private:
  block::BlockStore& blocks_;
  std::string row_key_;
  DropStep step_;
  std::unique_ptr<block::BlockStore::Removal> removal_;
  bool spared_ = false;
};

// Does this row, as it is here, name the owner?
Result<bool> is_named_here(kv::View& view, const std::string& row_key, const Uuid& owner);

// Removes queue entries that are done.
class RemoveRows : public kv::Change {
 public:
  explicit RemoveRows(std::vector<kv::Key> rows) : rows_(std::move(rows)) {}
  void reads(std::vector<kv::Key>&) const override {}
  Result<void> apply(kv::View&, kv::Batch& batch) override {
    for (const auto& row : rows_) batch.remove(row.family, row.bytes);
    return {};
  }

 private:
  std::vector<kv::Key> rows_;
};

// What lies beside a part: not to go while the row of the part's attempt is here, which names it too.
struct PartRows {
  std::string attempt_row;
  std::vector<kv::Key> rows;
};

// Removes a queue entry that is done, unless it was written anew meanwhile, and rows that go with it.
class FinishEntry : public kv::Change {
 public:
  FinishEntry(std::string entry_key, std::string value, std::vector<kv::Key> rows = {},
              std::vector<PartRows> parts = {})
      : entry_key_(std::move(entry_key)), value_(std::move(value)), rows_(std::move(rows)), parts_(std::move(parts)) {}
  void reads(std::vector<kv::Key>& out) const override { out.push_back({kv::Family::kQueue, entry_key_}); }
  Result<void> apply(kv::View& view, kv::Batch& batch) override;

 private:
  std::string entry_key_;
  std::string value_;  // as it was when the work began
  std::vector<kv::Key> rows_;
  std::vector<PartRows> parts_;
};

// Forgets tombstones that are still the newest of their row.
class ForgetTombstones : public kv::Change {
 public:
  struct Tombstone {
    std::string row_key;
    Ord ord;
  };
  explicit ForgetTombstones(std::vector<Tombstone> tombstones) : tombstones_(std::move(tombstones)) {}
  void reads(std::vector<kv::Key>& out) const override;
  Result<void> apply(kv::View& view, kv::Batch& batch) override;

 private:
  std::vector<Tombstone> tombstones_;
};

}  // namespace garage::object
