// Walks the bytes [offset, offset + length) of one or several bodies, block by block, fetching manifest pages as it
// comes to them. Private to this module.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/object_version.hpp"
#include "object/core.hpp"

namespace garage::object {

// A piece of one block, or of a small body (then `hash` is zero).
struct BodyPiece {
  BlockHash hash;
  Uuid inline_owner;
  uint64_t offset = 0;
  uint64_t length = 0;
  std::string row_key = {};  // of a small body: beside which it lies
};

class BodyCursor {
 public:
  // `core` outlives the cursor. `row_key`: of the row that names the bodies.
  BodyCursor(Core& core, std::string row_key, std::vector<model::BodyPlace> bodies, uint64_t offset, uint64_t length);
  // Nothing at the end.
  Task<Result<std::optional<BodyPiece>>> next();

 private:
  // Goes to the body and block where skip_ ends; false where the body is over.
  Task<Result<bool>> load_page();

  Core* core_;
  std::string row_key_;
  std::vector<model::BodyPlace> bodies_;
  uint64_t skip_;  // bytes before the next piece, from the start of the current body
  uint64_t left_;  // bytes still to give
  size_t body_ = 0;
  bool in_body_ = false;
  std::vector<model::BlockEntry> page_;
  size_t block_ = 0;        // within page_
  uint32_t next_page_ = 0;  // of the current body
};

}  // namespace garage::object
