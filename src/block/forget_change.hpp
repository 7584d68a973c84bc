// Blocks that nobody references at the moment of the commit leave the index; one that an upload holds is spared.
// Internal to block.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "block/block_store.hpp"
#include "block/reference.hpp"
#include "kv/commit_queue.hpp"

namespace garage::block {

class ForgetChange final : public kv::Change {
 public:
  ForgetChange(BlockStore& blocks, std::vector<BlockHash> hashes)
      : removal_(blocks.begin_removal()), hashes_(std::move(hashes)) {}
  void reads(std::vector<kv::Key>&) const override {}
  Result<void> apply(kv::View& view, kv::Batch& batch) override {
    for (const BlockHash& hash : hashes_) {
      TRY(const bool referenced, is_referenced(view, hash));
      if (referenced) continue;
      const size_t before = batch.entries().size();
      CHECK_OK(removal_->remove(view, batch, hash));
      if (batch.entries().size() > before) ++forgotten_;
    }
    return {};
  }
  void committed() override { removal_->committed(); }
  size_t bytes() const override { return 256 + 128 * hashes_.size(); }
  uint64_t forgotten() const { return forgotten_; }

 private:
  std::unique_ptr<BlockStore::Removal> removal_;
  const std::vector<BlockHash> hashes_;
  uint64_t forgotten_ = 0;
};

}  // namespace garage::block
