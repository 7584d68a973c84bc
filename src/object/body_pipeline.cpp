#include "object/body_pipeline.hpp"

#include <algorithm>

#include "crypto/digest.hpp"
#include "runtime/pool.hpp"

namespace garage::object {

BodyPipeline::BodyPipeline(Core& core, DigestsWanted wanted, std::shared_ptr<block::Outgoing> outgoing)
    : core_(core),
      outgoing_(std::move(outgoing)),
      local_(core.local()),
      window_(std::max<size_t>(1, core.options.upload_window_bytes / core.options.block_bytes)),
      digester_(wanted) {}

Task<void> BodyPipeline::reserve() {
  co_await window_.acquire(1);
  co_await local_.ram.acquire(core_.options.block_bytes);
}

void BodyPipeline::give_back() {
  local_.ram.release(core_.options.block_bytes);
  window_.release(1);
}

void BodyPipeline::add(Buffer block) {
  auto piece = std::make_shared<Piece>(Piece{std::move(block)});
  const size_t index = blocks_.size();
  blocks_.push_back({BlockHash{}, static_cast<uint32_t>(piece->bytes.size())});
  if (!outgoing_) holds_.emplace_back();
  to_digest_.push_back(piece);
  if (!digesting_) {
    digesting_ = true;
    tasks_.spawn(digest_pieces());
  }
  tasks_.spawn(store(std::move(piece), index));
}

Task<void> BodyPipeline::digest_pieces() {
  while (!to_digest_.empty()) {
    auto piece = std::move(to_digest_.front());
    to_digest_.pop_front();
    if (piece->bytes.size() <= core_.options.hash_on_loop_bytes_max) {
      digester_.update(piece->bytes.view());
    } else {
      (void)co_await runtime::run_on(core_.env.pools.compute, [this, &piece] {
        digester_.update(piece->bytes.view());
        return true;
      });
    }
    done_with(*piece);
  }
  digesting_ = false;
}

Task<void> BodyPipeline::store(std::shared_ptr<Piece> piece, size_t index) {
  crypto::Sha256Digest digest;
  if (piece->bytes.size() <= core_.options.hash_on_loop_bytes_max) {
    digest = crypto::sha256(piece->bytes.view());
  } else {
    digest =
        co_await runtime::run_on(core_.env.pools.compute, [&piece] { return crypto::sha256(piece->bytes.view()); });
  }
  blocks_[index].hash.bytes = digest;
  if (outgoing_) {
    auto put = co_await outgoing_->put(blocks_[index].hash, piece->bytes);
    if (!put && !error_) error_ = std::move(put).error();
  } else {
    auto hold = co_await core_.blocks.put(blocks_[index].hash, piece->bytes);
    if (hold) {
      holds_[index] = std::move(*hold);
    } else if (!error_) {
      error_ = hold.error();
    }
  }
  done_with(*piece);
}

void BodyPipeline::done_with(Piece& piece) {
  if (--piece.users > 0) return;
  piece.bytes = Buffer();
  give_back();
}

Task<Result<StoredBody>> BodyPipeline::finish() {
  co_await tasks_.join();
  if (error_) co_return std::unexpected(*error_);
  StoredBody body;
  body.digests = digester_.finish();
  body.block_bytes = blocks_.empty() ? 0 : blocks_.front().bytes;
  if (!blocks_.empty()) body.outgoing = outgoing_;
  body.blocks = std::move(blocks_);
  body.holds.reserve(holds_.size());
  for (auto& hold : holds_) body.holds.push_back(std::move(*hold));
  co_return body;
}

}  // namespace garage::object
