// Readers of object bodies. Private to this module.
#pragma once

#include <memory>

#include "base/buffer.hpp"
#include "object/body_cursor.hpp"
#include "object/core.hpp"

namespace garage::object {

std::unique_ptr<ObjectReader> make_memory_reader(Buffer bytes);

// Reads ahead of its user by a few blocks. `pin` keeps the blocks from being collected meanwhile.
std::unique_ptr<ObjectReader> make_block_reader(Core& core, BodyCursor cursor, Pins::Pin pin);

// The bytes of one piece.
Task<Result<Buffer>> read_piece(Core& core, BodyPiece piece);

}  // namespace garage::object
