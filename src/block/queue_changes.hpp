// Puts and removes rows of the queue family. Internal to block.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "block/queue_rows.hpp"
#include "kv/commit_queue.hpp"

namespace garage::block {

class QueueChange final : public kv::Change {
 public:
  void put(std::string key, std::string value) {
    bytes_ += key.size() + value.size() + 64;
    rows_.put(kv::Family::kQueue, std::move(key), std::move(value));
  }
  void remove(std::string key) {
    bytes_ += key.size() + 64;
    rows_.remove(kv::Family::kQueue, std::move(key));
  }
  bool empty() const { return rows_.empty(); }

  void reads(std::vector<kv::Key>&) const override {}
  Result<void> apply(kv::View&, kv::Batch& batch) override {
    batch = rows_;
    return {};
  }
  size_t bytes() const override { return 256 + bytes_; }

 private:
  kv::Batch rows_;
  size_t bytes_ = 0;
};

// Has owners asked after.
class LeaseChange final : public kv::Change {
 public:
  void add(LeaseRow lease) {
    bytes_ += 256 + BlockHash::kSize * lease.hashes.size();
    leases_.push_back(std::move(lease));
  }
  bool empty() const { return leases_.empty(); }

  void reads(std::vector<kv::Key>& out) const override {
    for (const LeaseRow& lease : leases_) out.push_back({kv::Family::kQueue, lease_key(lease)});
  }
  Result<void> apply(kv::View& view, kv::Batch& batch) override {
    for (const LeaseRow& lease : leases_) CHECK_OK(put_lease(view, batch, lease));
    return {};
  }
  size_t bytes() const override { return 256 + bytes_; }

 private:
  std::vector<LeaseRow> leases_;
  size_t bytes_ = 0;
};

}  // namespace garage::block
