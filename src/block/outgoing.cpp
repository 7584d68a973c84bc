#include "block/outgoing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/sleep.hpp"

namespace garage::block {
namespace {

constexpr Duration kLookAgain = 200ms;  // whether who is waited for still answers

}  // namespace

Outgoing::Outgoing(Replicas& replicas, Uuid owner, std::string backlink, Uuid upload)
    : replicas_(replicas), owner_(owner) {
  reference_.backlink = std::move(backlink);
  reference_.upload = upload;
}

size_t Outgoing::Block::count(At at) const {
  return static_cast<size_t>(std::ranges::count(copies, at, &Copy::at));
}

Outgoing::Block& Outgoing::begin_block(const BlockHash& hash, At at) {
  BlockSets sets = replicas_.placement_.sets_for(hash);
  Block& block = blocks_[hash];
  block.quorum = replicas_.options_.one_copy_suffices ? 1 : sets.write_quorum;
  for (const NodeId& node : sets.write) block.copies.push_back({node, at});
  return block;
}

void Outgoing::share(BlockHash hash) {
  if (blocks_.contains(hash)) return;
  begin_block(hash, At::kWritten).shared = true;
}

Task<Result<void>> Outgoing::put(BlockHash hash, Buffer raw) {
  if (raw.size() > kPeerBlockBytesMax) {
    co_return fail(ErrorKind::kInvalid, fmt::format("a block of {} bytes is too large for several nodes", raw.size()));
  }
  if (blocks_.contains(hash)) co_return Result<void>();  // the same bytes once more: commit() looks after them
  Block& block = begin_block(hash, At::kWriting);
  if (block.copies.size() < block.quorum) co_return no_quorum("written");
  pass_over_silent(block);

  const size_t bytes = raw.size();
  auto message = std::make_shared<const PutMessage>(PutMessage{hash, owner_, std::move(raw), std::nullopt});
  const bool travels = std::ranges::any_of(
      block.copies, [this](const Copy& copy) { return copy.at == At::kWriting && !replicas_.is_own(copy.node); });
  auto encoded = travels ? std::make_shared<const std::string>(encode_put(*message)) : nullptr;
  for (size_t i = 0; i < block.copies.size(); ++i) {
    if (block.copies[i].at != At::kWriting) continue;
    replicas_.detached_.spawn(write_copy(shared_from_this(), hash, i, message, encoded));
  }
  message.reset();
  encoded.reset();

  while (block.count(At::kWritten) < block.quorum &&
         block.count(At::kWritten) + block.count(At::kWriting) >= block.quorum) {
    co_await changed_.wait();
  }
  if (block.count(At::kWritten) < block.quorum) co_return no_quorum("written");
  if (block.count(At::kWriting) == 0) co_return Result<void>();
  // Who is slow must not fill the memory: beyond the budget the upload goes at the pace of its slowest holder. Not at
  // that of one which fell silent: the blocks that follow pass it over.
  if (replicas_.straggler_bytes_.fetch_add(bytes) + bytes <= replicas_.options_.straggler_bytes_max) {
    block.straggler_bytes = bytes;
    co_return Result<void>();
  }
  replicas_.straggler_bytes_ -= bytes;
  while (waits_for_somebody(block)) {
    if (!std::exchange(nudged_, true)) replicas_.detached_.spawn(nudge(shared_from_this()));
    co_await changed_.wait();
  }
  co_return Result<void>();
}

bool Outgoing::answers(const Copy& copy) const {
  return replicas_.is_own(copy.node) || replicas_.caller_.is_up(copy.node);
}

void Outgoing::pass_over_silent(Block& block) const {
  const auto answering = std::ranges::count_if(block.copies, [this](const Copy& copy) { return answers(copy); });
  if (static_cast<size_t>(answering) < block.quorum) return;
  for (Copy& copy : block.copies) {
    if (!answers(copy)) copy.at = At::kFailed;
  }
}

bool Outgoing::waits_for_somebody(const Block& block) const {
  return std::ranges::any_of(block.copies,
                             [this](const Copy& copy) { return copy.at == At::kWriting && answers(copy); });
}

Task<void> Outgoing::nudge(std::shared_ptr<Outgoing> self) {
  co_await runtime::sleep_for(kLookAgain);
  self->nudged_ = false;
  self->changed_.notify_all();
}

Task<void> Outgoing::write_copy(std::shared_ptr<Outgoing> self, BlockHash hash, size_t index,
                                std::shared_ptr<const PutMessage> message, Replicas::Encoded encoded) {
  Block& block = self->blocks_.at(hash);
  auto written = co_await self->replicas_.put_at(block.copies[index].node, std::move(message), std::move(encoded));
  block.copies[index].at = written ? At::kWritten : At::kFailed;
  if (!written) self->last_error_ = std::move(written).error();
  if (block.straggler_bytes > 0 && block.count(At::kWriting) == 0) {
    self->replicas_.straggler_bytes_ -= std::exchange(block.straggler_bytes, 0);
  }
  self->changed_.notify_all();
}

Ord Outgoing::new_ceiling() const {
  const uint64_t now_ms = replicas_.env_.clock.wall_now().unix_ms;
  const auto lease_ms = std::chrono::duration_cast<std::chrono::milliseconds>(replicas_.options_.lease).count();
  return {now_ms + static_cast<uint64_t>(lease_ms), UINT64_MAX};
}

Task<Result<Ord>> Outgoing::commit() {
  reference_.ceiling = new_ceiling();
  co_await refer_written(ReferMode::kClaim);
  tell_new_holders();
  for (auto& [hash, block] : blocks_) {
    const size_t referenced = block.count(At::kReferenced);
    if (block.shared && referenced > 0 && referenced < block.quorum) co_await carry(hash, block);
  }
  co_return co_await judge();
}

void Outgoing::tell_new_holders() {
  for (auto& [hash, block] : blocks_) {
    const BlockSets sets = replicas_.placement_.sets_for(hash);
    for (const NodeId& node : sets.write) {
      if (std::ranges::find(block.copies, node, &Copy::node) != block.copies.end()) continue;
      block.copies.push_back({node, At::kFailed});
    }
  }
}

Task<Result<Ord>> Outgoing::renew_if_short() {
  const Ord ceiling = new_ceiling();
  const auto lease_ms = std::chrono::duration_cast<std::chrono::milliseconds>(replicas_.options_.lease).count();
  if (blocks_.empty() || ceiling.hybrid_ms < reference_.ceiling.hybrid_ms + static_cast<uint64_t>(lease_ms) / 2) {
    co_return reference_.ceiling;
  }
  while (asking_ > 0) co_await changed_.wait();
  reference_.ceiling = ceiling;
  for (auto& [hash, block] : blocks_) {
    for (Copy& copy : block.copies) {
      if (copy.at == At::kReferenced) copy.at = At::kWritten;
    }
  }
  co_await refer_written(ReferMode::kRaise);
  co_return co_await judge();
}

Task<Result<Ord>> Outgoing::judge() {
  bool complete = true;
  for (const auto& [hash, block] : blocks_) {
    const size_t referenced = block.count(At::kReferenced);
    complete = complete && referenced == block.copies.size();
    if (referenced >= block.quorum) continue;
    if (block.shared && referenced == 0 && !last_error_) {
      co_return fail(ErrorKind::kNotFound, "a block of the source is gone");
    }
    co_return no_quorum("referenced");
  }
  if (!complete) replicas_.detached_.spawn(finish_late(shared_from_this()));
  co_return reference_.ceiling;
}

Task<void> Outgoing::refer_written(ReferMode mode) {
  for (;;) {
    ask_written(mode);
    // Where a holder was lost in between, a copy that was still on its way may stand in for it.
    while (!all_have_quorum() && !any_at(At::kWritten) && (asking_ > 0 || any_at(At::kWriting))) {
      co_await changed_.wait();
    }
    if (all_have_quorum() || !any_at(At::kWritten)) co_return;
  }
}

bool Outgoing::any_at(At at) const {
  return std::ranges::any_of(blocks_, [at](const auto& entry) { return entry.second.count(at) > 0; });
}

void Outgoing::ask_written(ReferMode mode) {
  std::map<NodeId, std::vector<BlockHash>> questions;
  for (const auto& [hash, block] : blocks_) {
    for (const Copy& copy : block.copies) {
      if (copy.at == At::kWritten) questions[copy.node].push_back(hash);
    }
  }
  const size_t step = replicas_.options_.hashes_per_message;
  for (const auto& [node, hashes] : questions) {
    for (size_t first = 0; first < hashes.size(); first += step) {
      const size_t end = std::min(first + step, hashes.size());
      std::vector<BlockHash> some(hashes.begin() + static_cast<std::ptrdiff_t>(first),
                                  hashes.begin() + static_cast<std::ptrdiff_t>(end));
      for (const BlockHash& hash : some) {
        for (Copy& copy : blocks_.at(hash).copies) {
          if (copy.node == node) copy.at = At::kAsked;
        }
      }
      ++asking_;
      replicas_.detached_.spawn(refer_copies(shared_from_this(), node, std::move(some), mode));
    }
  }
}

bool Outgoing::all_have_quorum() const {
  return std::ranges::all_of(
      blocks_, [](const auto& entry) { return entry.second.count(At::kReferenced) >= entry.second.quorum; });
}

Task<void> Outgoing::refer_copies(std::shared_ptr<Outgoing> self, NodeId node, std::vector<BlockHash> hashes,
                                  ReferMode mode) {
  ReferMessage message{self->owner_, self->reference_, mode, hashes};
  auto missing = co_await self->replicas_.refer_at(node, std::move(message));
  if (!missing) self->last_error_ = missing.error();
  for (const BlockHash& hash : hashes) {
    const bool done = missing && std::ranges::find(*missing, hash) == missing->end();
    for (Copy& copy : self->blocks_.at(hash).copies) {
      if (copy.node == node) copy.at = done ? At::kReferenced : At::kFailed;
    }
  }
  --self->asking_;
  self->changed_.notify_all();
}

Task<void> Outgoing::carry(BlockHash hash, Block& block) {
  while (asking_ > 0) co_await changed_.wait();
  Result<Buffer> raw = fail(ErrorKind::kNotFound, "");
  if (replicas_.own_ != nullptr) raw = co_await replicas_.own_->read({hash, 0, UINT64_MAX});
  if (!raw) raw = co_await replicas_.fetch(hash);
  if (!raw) {
    last_error_ = std::move(raw).error();
    co_return;
  }
  auto message = std::make_shared<const PutMessage>(PutMessage{hash, owner_, std::move(*raw), reference_});
  auto encoded = std::make_shared<const std::string>(encode_put(*message));
  for (Copy& copy : block.copies) {
    if (copy.at == At::kReferenced) continue;
    auto put = co_await replicas_.put_at(copy.node, message, encoded);
    copy.at = put ? At::kReferenced : At::kFailed;
    if (!put) last_error_ = std::move(put).error();
  }
}

Task<void> Outgoing::finish_late(std::shared_ptr<Outgoing> self) {
  while (self->asking_ > 0 || self->any_at(At::kWriting)) co_await self->changed_.wait();
  co_await self->refer_written(ReferMode::kClaim);
  while (self->asking_ > 0) co_await self->changed_.wait();
  std::map<NodeId, std::vector<BlockHash>> left;
  for (const auto& [hash, block] : self->blocks_) {
    for (const Copy& copy : block.copies) {
      if (copy.at != At::kReferenced) left[copy.node].push_back(hash);
    }
  }
  const size_t step = self->replicas_.options_.hashes_per_message;
  for (const auto& [node, hashes] : left) {
    for (size_t first = 0; first < hashes.size(); first += step) {
      ReferMessage message{self->owner_, self->reference_, ReferMode::kHint, {}};
      const size_t end = std::min(first + step, hashes.size());
      message.hashes.assign(hashes.begin() + static_cast<std::ptrdiff_t>(first),
                            hashes.begin() + static_cast<std::ptrdiff_t>(end));
      co_await self->replicas_.hints_.add(node, self->owner_, std::string(kReferOperation), encode_refer(message));
    }
  }
}

std::unexpected<Error> Outgoing::no_quorum(std::string_view what) const {
  const auto why = last_error_ ? ": " + last_error_->message : std::string();
  // What the holders said themselves, where it is more than that they could not be asked.
  const bool told =
      last_error_ && (last_error_->kind == ErrorKind::kNoSpace || last_error_->kind == ErrorKind::kOverloaded);
  return fail(told ? last_error_->kind : ErrorKind::kUnavailable,
              fmt::format("a block could not be {} on enough nodes{}", what, why));
}

}  // namespace garage::block
