// What a holder of blocks commits for its peers. Internal to block.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "block/block_store.hpp"
#include "block/peer_messages.hpp"
#include "kv/commit_queue.hpp"

namespace garage::block {

using Holds = std::map<BlockHash, std::unique_ptr<BlockHold>>;

// Index rows of what was put, references, and one lease row for all of them.
class ReferChange final : public kv::Change {
 public:
  // `holds`: of those blocks of the message that were put for its owner and are synced.
  // `digests`: null where none are kept.
  ReferChange(ReferMessage message, Holds holds, table::DigestKeeper* digests)
      : message_(std::move(message)), holds_(std::move(holds)), digests_(digests) {}

  void reads(std::vector<kv::Key>& out) const override;
  Result<void> apply(kv::View& view, kv::Batch& batch) override;
  void committed() override;
  size_t bytes() const override { return 256 + 512 * message_.hashes.size(); }

  // After the commit: the blocks that could not be referenced (kHint: whose bytes have to be fetched).
  std::vector<BlockHash> take_missing() { return std::move(missing_); }
  Holds take_holds() { return std::move(holds_); }
  // The blocks whose reference is new here, or was raised.
  const std::vector<BlockHash>& referenced() const { return referenced_; }

 private:
  // Is what the mode asks for here?
  Result<bool> is_here(kv::View& view, const BlockHash& hash) const;

  const ReferMessage message_;
  Holds holds_;
  table::DigestKeeper* const digests_;
  std::vector<BlockHash> missing_, referenced_;
};

class DropChange final : public kv::Change {
 public:
  DropChange(BlockStore& blocks, DropMessage message)
      : message_(std::move(message)), removal_(blocks.begin_removal()), digests_(blocks.digests()) {}

  void reads(std::vector<kv::Key>& out) const override;
  Result<void> apply(kv::View& view, kv::Batch& batch) override {
    ReferenceDigests digests(digests_);
    CHECK_OK(drop_references(view, batch, *removal_, message_.owner, message_.hashes, message_.judged, &digests));
    return digests.finish(view, batch);
  }
  void committed() override { removal_->committed(); }
  size_t bytes() const override { return 256 + 128 * message_.hashes.size(); }

 private:
  const DropMessage message_;
  std::unique_ptr<BlockStore::Removal> removal_;
  table::DigestKeeper* const digests_;
};

}  // namespace garage::block
