// Puts and removes rows of the queue family. Internal to block.
#pragma once

#include <string>
#include <utility>

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

}  // namespace garage::block
