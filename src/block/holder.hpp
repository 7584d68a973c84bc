// This node as a holder of blocks, for whoever coordinates an upload or a collection: another node, or this one.
//
// An upload puts its blocks one by one; they are written, verified and held, not yet durable. refer() then makes all of
// them durable with one sync and one commit, together with their references: what it does not name as missing survives
// everything.
//
// Ownership: borrows store, commits and blocks. Threads: any loop.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "base/buffer.hpp"
#include "base/result.hpp"
#include "block/block_store.hpp"
#include "block/peer_messages.hpp"
#include "block/pending_blocks.hpp"
#include "block/reference_messages.hpp"
#include "env/env.hpp"
#include "kv/commit_queue.hpp"
#include "kv/store.hpp"
#include "runtime/task.hpp"

namespace garage::block {

class Holder {
 public:
  // A lease that ends further ahead of this node's clock is that of a broken one.
  static constexpr uint64_t kLeaseMsMax = 60 * 60 * 1000;

  Holder(env::Env env, kv::Store& store, kv::CommitQueue& commits, BlockStore& blocks,
         Duration pending_idle_max = PendingBlocks::kIdleMax)
      : env_(std::move(env)), store_(store), commits_(commits), blocks_(blocks), pending_(pending_idle_max) {}
  // Told of blocks that have got a reference here, or a higher one. Any thread; must not block. Before use.
  void on_referenced(std::function<void(const std::vector<BlockHash>&)> told) { referenced_ = std::move(told); }

  // `verify`: the bytes come from another node, so their hash is computed. kInvalid where it is another.
  Task<Result<void>> put(PutMessage message, bool verify);
  // The blocks that could not be referenced.
  Task<Result<std::vector<BlockHash>>> refer(ReferMessage message);
  Task<Result<void>> drop(DropMessage message);
  Task<Result<std::optional<Reference>>> reference(ReferenceName name);
  // One answer for each; Held::kAll of what is on the device, in the relaxed modes too.
  Task<Result<std::vector<Held>>> held(std::vector<NamedReference> references);
  // Other nodes have these, and this node is not to keep them any more: see let_references_go().
  Task<Result<void>> let_go(SeenReferences seen);
  Task<Result<Buffer>> read(ReadMessage message) { return blocks_.read(message.hash, message.offset, message.length); }
  // A block fetched from a peer takes its place here if somebody references it; its entry in the fetch queue goes.
  Task<Result<void>> restore(BlockHash hash, Buffer raw);

  BlockStore& blocks() { return blocks_; }
  // Held for uploads whose references have not come yet.
  size_t pending() const { return pending_.size(); }
  // Lets go of what is held for uploads of which nothing has been heard for long. From time to time.
  void forget_idle() { pending_.forget_idle(env_.clock.monotonic_now()); }

 private:
  env::Env env_;
  kv::Store& store_;
  kv::CommitQueue& commits_;
  BlockStore& blocks_;
  PendingBlocks pending_;
  std::function<void(const std::vector<BlockHash>&)> referenced_;
};

}  // namespace garage::block
