// DELETE: a tombstone takes the row's place.
#include <utility>

#include "object/core.hpp"
#include "object/write_object.hpp"

namespace garage::object {

Task<Result<void>> Objects::remove(RemoveRequest request) {
  std::string row_key = object_key(request.bucket, request.key);
  if (!request.condition) {
    // A key that never existed, or is gone already, needs no tombstone of its own.
    CO_TRY(const auto row, co_await core_->objects->read(row_key));
    if (!row || !row->value) co_return Result<void>{};
  }
  co_return co_await write_tombstone(*core_, std::move(row_key), std::move(request.condition));
}

}  // namespace garage::object
