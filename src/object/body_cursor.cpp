#include "object/body_cursor.hpp"

#include <algorithm>
#include <utility>

namespace garage::object {

BodyCursor::BodyCursor(Core& core, std::string row_key, std::vector<model::BodyPlace> bodies, uint64_t offset,
                       uint64_t length)
    : core_(&core), row_key_(std::move(row_key)), bodies_(std::move(bodies)), skip_(offset), left_(length) {}

Task<Result<bool>> BodyCursor::load_page() {
  const model::BodyPlace& body = bodies_[body_];
  if (!in_body_) {
    in_body_ = true;
    block_ = 0;
    page_ = body.blocks;
    next_page_ = 0;
    if (body.manifest_pages > 0 && body.block_bytes > 0) {
      // Every block but the last has the same size, so the page of an offset is known without reading those before it.
      const uint64_t page_bytes = uint64_t{body.block_bytes} * model::kBlocksPerManifestPage;
      next_page_ = static_cast<uint32_t>(std::min<uint64_t>(skip_ / page_bytes, body.manifest_pages - 1));
      skip_ -= next_page_ * page_bytes;
    }
  }
  if (block_ < page_.size()) co_return true;
  if (next_page_ >= body.manifest_pages) co_return false;
  const std::string key = model::manifest_key(body.owner, next_page_++);
  CO_TRY(const auto encoded, co_await core_->beside(row_key_, kv::Family::kManifest, key));
  if (!encoded) co_return fail(ErrorKind::kNotFound, "a page of the block list is gone");
  CO_TRY(page_, model::decode_block_page(key, *encoded));
  block_ = 0;
  co_return !page_.empty();
}

Task<Result<std::optional<BodyPiece>>> BodyCursor::next() {
  while (left_ > 0 && body_ < bodies_.size()) {
    const model::BodyPlace& body = bodies_[body_];
    if (!in_body_ && skip_ >= body.bytes) {
      skip_ -= body.bytes;
      ++body_;
      continue;
    }
    if (body.is_inline) {
      BodyPiece piece{{}, body.owner, skip_, std::min(body.bytes - skip_, left_), row_key_};
      skip_ = 0;
      left_ -= piece.length;
      ++body_;
      co_return piece;
    }
    CO_TRY(const bool more, co_await load_page());
    if (!more) {
      in_body_ = false;
      ++body_;
      continue;
    }
    const model::BlockEntry& block = page_[block_++];
    if (skip_ >= block.bytes) {
      skip_ -= block.bytes;
      continue;
    }
    BodyPiece piece{block.hash, {}, skip_, std::min<uint64_t>(block.bytes - skip_, left_)};
    skip_ = 0;
    left_ -= piece.length;
    co_return piece;
  }
  if (left_ > 0) co_return fail(ErrorKind::kCorrupt, "the block list is shorter than the object");
  co_return std::optional<BodyPiece>();
}

}  // namespace garage::object
