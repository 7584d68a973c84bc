// What is asked of a change of the layout that revokes nodes.
#pragma once

#include "base/result.hpp"
#include "layout/stages.hpp"

namespace garage::admin {

// Can the change to the next version end without those that are revoked by now? What they had may be on them only.
inline Result<void> check_enough_left(const layout::History& history) {
  if (!layout::is_stopped_by_revocation(history)) return {};
  return fail(
      ErrorKind::kInvalid,
      "Without these nodes the change could not go on: some data may be on them only. Nobody was revoked. Bring "
      "one of them back; or, if they are lost and what only they had may be missing, say so "
      "(`--allow-missing-data`)");
}

}  // namespace garage::admin
