// A store over another one that counts how often a cursor moved: how many rows somebody looked at.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kv/store.hpp"

namespace garage::block::testing {

class CountingStore final : public kv::Store {
 public:
  explicit CountingStore(kv::Store& store) : store_(store) {}

  std::atomic<uint64_t> steps{0};

  Result<std::optional<std::optional<std::string>>> get_if_cached(kv::Family family, std::string_view key) override {
    return store_.get_if_cached(family, key);
  }
  Result<std::optional<std::string>> get(kv::Family family, std::string_view key) override {
    return store_.get(family, key);
  }
  std::vector<Result<std::optional<std::string>>> multi_get(std::span<const kv::Key> keys) override {
    return store_.multi_get(keys);
  }
  std::unique_ptr<kv::Iterator> iterate(kv::Family family, kv::IterateOptions options) override {
    return std::make_unique<Cursor>(store_.iterate(family, std::move(options)), steps);
  }
  Result<void> write(const kv::Batch& batch, kv::Durability durability) override {
    return store_.write(batch, durability);
  }
  Result<void> sync() override { return store_.sync(); }
  uint64_t estimate_count(kv::Family family) override { return store_.estimate_count(family); }
  Result<void> checkpoint(std::string directory) override { return store_.checkpoint(std::move(directory)); }

 private:
  class Cursor final : public kv::Iterator {
   public:
    Cursor(std::unique_ptr<kv::Iterator> rows, std::atomic<uint64_t>& steps) : rows_(std::move(rows)), steps_(steps) {}
    void seek(std::string_view key) override {
      ++steps_;
      rows_->seek(key);
    }
    void seek_last(std::string_view key) override {
      ++steps_;
      rows_->seek_last(key);
    }
    void next() override {
      ++steps_;
      rows_->next();
    }
    void previous() override {
      ++steps_;
      rows_->previous();
    }
    bool valid() const override { return rows_->valid(); }
    std::string_view key() const override { return rows_->key(); }
    std::string_view value() const override { return rows_->value(); }
    Result<void> status() const override { return rows_->status(); }

   private:
    std::unique_ptr<kv::Iterator> rows_;
    std::atomic<uint64_t>& steps_;
  };

  kv::Store& store_;
};

}  // namespace garage::block::testing
