// DELETE: a tombstone takes the row's place.
#include <utility>

#include "object/core.hpp"
#include "object/write_object.hpp"

namespace garage::object {

Task<Result<void>> Objects::remove(RemoveRequest request) {
  std::string row_key = object_key(request.bucket, request.key);
  if (!request.condition) {
    // A key that never existed, or is gone already, needs no tombstone of its own. Where it cannot be told it gets one:
    // to agree on what is there may take room that disks do not have, and a tombstone takes none.
    const auto row = co_await core_->objects->read(row_key);
    const bool is_gone = row && (!*row || !(*row)->value);
    if (is_gone) co_return Result<void>{};
  }
  co_return co_await write_tombstone(*core_, std::move(row_key), std::move(request.condition));
}

}  // namespace garage::object
