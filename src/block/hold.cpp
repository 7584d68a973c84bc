#include "block/hold.hpp"

#include <utility>

#include "base/assert.hpp"
#include "block/place.hpp"

namespace garage::block {

struct BlockHold::Impl {
  Impl(std::shared_ptr<Core> core_in, const BlockHash& hash_in, const BlockPlace& place_in)
      : core(std::move(core_in)), hash(hash_in), place(place_in) {}
  ~Impl() { core->release(hash); }
  Impl(const Impl&) = delete;

  const std::shared_ptr<Core> core;
  const BlockHash hash;
  const BlockPlace place;
  BlockPlace offered;
};

BlockHold::BlockHold() = default;
BlockHold::BlockHold(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
BlockHold::BlockHold(BlockHold&&) noexcept = default;
BlockHold& BlockHold::operator=(BlockHold&&) noexcept = default;
BlockHold::~BlockHold() = default;

BlockHold make_hold(std::shared_ptr<Core> core, const BlockHash& hash, const BlockPlace& place) {
  return BlockHold(std::make_shared<BlockHold::Impl>(std::move(core), hash, place));
}

const BlockHash& BlockHold::hash() const {
  ASSERT(impl_, "an empty hold has no block");
  return impl_->hash;
}

const BlockPlace& BlockHold::place() const {
  ASSERT(impl_, "an empty hold has no block");
  return impl_->place;
}

bool BlockHold::is_lost() const {
  ASSERT(impl_, "an empty hold has no block");
  return impl_->core->holds.has_lost(impl_->hash);
}

Result<void> BlockHold::add_to_index(kv::View& view, kv::Batch& batch) const {
  ASSERT(impl_, "an empty hold has no block");
  const BlockHash& hash = impl_->hash;
  HoldTable& holds = impl_->core->holds;
  TRY(const HoldTable::Offer offer, holds.offer(hash, impl_->core->options.sync));
  const BlockPlace& place = offer.record.place;
  impl_->offered = place;

  TRY(auto value, view.get(kv::Family::kBlockIndex, hash.view()));
  if (offer.indexed) {
    // Compaction may have moved it meanwhile; a removal can't have taken it, it saw the hold.
    if (!value) return fail(ErrorKind::kInternal, "a held block has left the index");
    return {};
  }
  if (value) {
    auto old = decode_place(hash, *value);
    if (old && *old == place) return {};
    if (old) holds.note_replaced(hash, place, *old);
  }
  batch.put(kv::Family::kBlockIndex, std::string(hash.view()), encode_place(hash, place));
  return {};
}

void BlockHold::committed() {
  ASSERT(impl_, "an empty hold has no block");
  impl_->core->free_places(impl_->core->holds.committed(impl_->hash, impl_->offered));
}

}  // namespace garage::block
