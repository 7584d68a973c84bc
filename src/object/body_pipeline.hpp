// The blocks of one upload on their way: each is hashed into the body's digests (in order) and, at the same time, named
// by its own hash and written. A window bounds how many are in hand. Private to this module; lives in the frame of
// write_body.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "base/buffer.hpp"
#include "object/body_writer.hpp"
#include "runtime/semaphore.hpp"
#include "runtime/task_group.hpp"

namespace garage::object {

class BodyPipeline {
 public:
  // `outgoing`: where the blocks go on several nodes; nullptr: to this node's store.
  BodyPipeline(Core& core, DigestsWanted wanted, std::shared_ptr<block::Outgoing> outgoing);

  // Room for one more block; give it to add() or give it back.
  Task<void> reserve();
  void give_back();
  // Takes the block (with its reservation). May run part of its work before it returns.
  void add(Buffer block);
  // Waits for all blocks. The first error of any.
  Task<Result<StoredBody>> finish();
  const std::optional<Error>& error() const { return error_; }

 private:
  struct Piece {
    Buffer bytes;
    int users = 2;  // digesting and storing
  };
  Task<void> digest_pieces();
  Task<void> store(std::shared_ptr<Piece> piece, size_t index);
  void done_with(Piece& piece);

  Core& core_;
  const std::shared_ptr<block::Outgoing> outgoing_;
  LoopLocal& local_;
  runtime::Semaphore window_;
  runtime::TaskGroup tasks_;
  Digester digester_;
  std::deque<std::shared_ptr<Piece>> to_digest_;
  bool digesting_ = false;
  std::vector<model::BlockEntry> blocks_;
  std::vector<std::optional<block::BlockHold>> holds_;
  std::optional<Error> error_;
};

}  // namespace garage::object
