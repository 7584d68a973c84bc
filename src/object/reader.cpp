#include "object/reader.hpp"

#include <fmt/format.h>

#include <deque>
#include <optional>
#include <utility>

#include "runtime/signal.hpp"

namespace garage::object {
namespace {

constexpr size_t kReadAheadPieces = 3;

class MemoryReader : public ObjectReader {
 public:
  explicit MemoryReader(Buffer bytes) : bytes_(std::move(bytes)) {}
  Task<Result<Buffer>> next() override { co_return std::exchange(bytes_, Buffer()); }

 private:
  Buffer bytes_;
};

// What the reads ahead need, also after their reader is gone.
struct ReadAhead {
  ReadAhead(Core& core_, BodyCursor cursor_, Pins::Pin pin_)
      : core(core_), cursor(std::move(cursor_)), pin(std::move(pin_)) {}

  // Counted until it is handed out, or read for nobody.
  struct Slot {
    Slot(LoopLocal& local_, size_t size_) : local(local_), size(size_) { local.read_ahead_bytes += size; }
    ~Slot() { local.read_ahead_bytes -= size; }
    Slot(const Slot&) = delete;

    LoopLocal& local;
    const size_t size;
    std::optional<Result<Buffer>> bytes;
  };
  Core& core;
  BodyCursor cursor;
  Pins::Pin pin;
  std::deque<std::shared_ptr<Slot>> slots;
  runtime::Signal arrived;
};

Task<void> read_slot(std::shared_ptr<ReadAhead> state, std::shared_ptr<ReadAhead::Slot> slot, BodyPiece piece) {
  slot->bytes = co_await read_piece(state->core, piece);
  state->arrived.notify_all();
}

class BlockReader : public ObjectReader {
 public:
  BlockReader(Core& core, BodyCursor cursor, Pins::Pin pin)
      : state_(std::make_shared<ReadAhead>(core, std::move(cursor), std::move(pin))) {}

  Task<Result<Buffer>> next() override {
    LoopLocal& local = state_->core.local();
    while (!at_end_ && state_->slots.size() < kReadAheadPieces && may_read(local)) {
      CO_TRY(const auto piece, co_await state_->cursor.next());
      if (!piece) {
        at_end_ = true;
        break;
      }
      auto slot = std::make_shared<ReadAhead::Slot>(local, static_cast<size_t>(piece->length));
      state_->slots.push_back(slot);
      local.reads.spawn(read_slot(state_, std::move(slot), *piece));
    }
    if (state_->slots.empty()) co_return Buffer();
    auto slot = std::move(state_->slots.front());
    state_->slots.pop_front();
    while (!slot->bytes) co_await state_->arrived.wait();
    co_return std::move(*slot->bytes);
  }

 private:
  // What is asked for always; what may never be asked for while all of that is not too much.
  bool may_read(const LoopLocal& local) const {
    return state_->slots.empty() || local.read_ahead_bytes < local.read_ahead_bytes_max;
  }

  std::shared_ptr<ReadAhead> state_;
  bool at_end_ = false;
};

}  // namespace

Task<Result<Buffer>> read_piece(Core& core, BodyPiece piece) {
  if (!piece.inline_owner.is_zero()) {
    CO_TRY(auto bytes,
           co_await core.beside(piece.row_key, kv::Family::kInline, std::string(piece.inline_owner.view())));
    if (!bytes) co_return fail(ErrorKind::kNotFound, "a small part is gone");
    co_return Buffer(std::move(*bytes)).slice(static_cast<size_t>(piece.offset), static_cast<size_t>(piece.length));
  }
  auto reading = core.replicated() ? core.cluster->blocks->read(piece.hash, piece.offset, piece.length)
                                   : core.blocks.read(piece.hash, piece.offset, piece.length);
  auto bytes = co_await std::move(reading);
  // The next piece would follow at the wrong place.
  if (bytes && bytes->size() != piece.length) {
    co_return fail(ErrorKind::kCorrupt, fmt::format("block {} is shorter than its object says", piece.hash.hex()));
  }
  co_return bytes;
}

std::unique_ptr<ObjectReader> make_memory_reader(Buffer bytes) {
  return std::make_unique<MemoryReader>(std::move(bytes));
}

std::unique_ptr<ObjectReader> make_block_reader(Core& core, BodyCursor cursor, Pins::Pin pin) {
  return std::make_unique<BlockReader>(core, std::move(cursor), std::move(pin));
}

}  // namespace garage::object
