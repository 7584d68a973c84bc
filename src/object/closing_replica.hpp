// A replica's part in the deletion of a bucket. Private to this module.
#pragma once

#include "object/closing_messages.hpp"
#include "object/core.hpp"

namespace garage::object {

// Holds the bucket as being deleted, and then looks what lives in it. An error, also of a row that cannot be read: this
// replica has told nothing.
Task<Result<CloseAnswer>> hold_and_look(Core& core, CloseRequest request);

}  // namespace garage::object
