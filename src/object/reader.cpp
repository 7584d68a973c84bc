#include "object/reader.hpp"

#include <fmt/format.h>

#include <deque>
#include <optional>
#include <utility>

#include "runtime/signal.hpp"

namespace garage::object {
namespace {

constexpr size_t kReadAheadPieces = 3;
// What a client gets at a time where the others hold as much as they may: whoever takes nothing keeps no more than
// that, and nobody waits for those who take nothing. A compressed block is then unpacked once for each of these.
constexpr size_t kSmallPieceBytes = 64u << 10;

class MemoryReader : public ObjectReader {
 public:
  explicit MemoryReader(Buffer bytes) : bytes_(std::move(bytes)) {}
  Task<Result<Buffer>> next() override { co_return std::exchange(bytes_, Buffer()); }

 private:
  Buffer bytes_;
};

// Adds to a sum of its loop while it lives.
class Counted {
 public:
  Counted(size_t& sum, size_t bytes) : sum_(sum), bytes_(bytes) { sum_ += bytes_; }
  ~Counted() { sum_ -= bytes_; }
  Counted(const Counted&) = delete;

 private:
  size_t& sum_;
  const size_t bytes_;
};

// What the reads ahead need, also after their reader is gone.
struct ReadAhead {
  ReadAhead(Core& core_, BodyCursor cursor_, Pins::Pin pin_)
      : core(core_), cursor(std::move(cursor_)), pin(std::move(pin_)) {}

  // Counted until it is handed out, or read for nobody.
  struct Slot {
    Slot(LoopLocal& local, const BodyPiece& piece_, bool is_cut_)
        : counted(local.read_ahead_bytes, static_cast<size_t>(piece_.length)), piece(piece_), is_cut(is_cut_) {}

    const Counted counted;
    const BodyPiece piece;
    const bool is_cut;  // its buffer may be that of the whole block
    std::optional<Result<Buffer>> bytes;
  };
  Core& core;
  BodyCursor cursor;
  Pins::Pin pin;
  std::deque<std::shared_ptr<Slot>> slots;
  runtime::Signal arrived;
};

Task<void> read_slot(std::shared_ptr<ReadAhead> state, std::shared_ptr<ReadAhead::Slot> slot) {
  auto bytes = co_await read_piece(state->core, slot->piece);
  if (bytes && slot->is_cut) bytes = Buffer(std::string(bytes->view()));
  slot->bytes = std::move(bytes);
  state->arrived.notify_all();
}

class BlockReader : public ObjectReader {
 public:
  BlockReader(Core& core, BodyCursor cursor, Pins::Pin pin)
      : state_(std::make_shared<ReadAhead>(core, std::move(cursor), std::move(pin))) {}

  Task<Result<Buffer>> next() override {
    LoopLocal& local = state_->core.local();
    handed_out_.reset();  // whoever asks for more is done with it
    while (!at_end_ && state_->slots.size() < kReadAheadPieces && may_read(local)) {
      CO_TRY(auto slot, co_await next_slot(local));
      if (!slot) {
        at_end_ = true;
        break;
      }
      state_->slots.push_back(slot);
      local.reads.spawn(read_slot(state_, std::move(slot)));
    }
    if (state_->slots.empty()) co_return Buffer();
    auto slot = std::move(state_->slots.front());
    state_->slots.pop_front();
    while (!slot->bytes) co_await state_->arrived.wait();
    if (*slot->bytes) handed_out_.emplace(local.handed_out_bytes, (*slot->bytes)->size());
    co_return std::move(*slot->bytes);
  }

 private:
  // What is asked for always; what may never be asked for while all of that is not too much.
  bool may_read(const LoopLocal& local) const {
    if (state_->slots.empty()) return true;
    return local.read_ahead_bytes < local.read_ahead_bytes_max && local.handed_out_bytes < local.handed_out_bytes_max;
  }

  // The next piece, or its beginning where whole ones are too much; nullptr at the end.
  Task<Result<std::shared_ptr<ReadAhead::Slot>>> next_slot(LoopLocal& local) {
    std::optional<BodyPiece> piece = std::exchange(rest_, std::nullopt);
    if (!piece) {
      CO_TRY(piece, co_await state_->cursor.next());
    }
    if (!piece) co_return nullptr;
    const bool is_cut =
        piece->length > kSmallPieceBytes && local.handed_out_bytes + piece->length > local.handed_out_bytes_max;
    if (is_cut) {
      rest_ = *piece;
      rest_->offset += kSmallPieceBytes;
      rest_->length -= kSmallPieceBytes;
      piece->length = kSmallPieceBytes;
    }
    co_return std::make_shared<ReadAhead::Slot>(local, *piece, is_cut);
  }

  std::shared_ptr<ReadAhead> state_;
  std::optional<BodyPiece> rest_;  // of one that was cut
  std::optional<Counted> handed_out_;
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
