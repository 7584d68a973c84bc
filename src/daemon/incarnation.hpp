// Which database this is: drawn once, when it is made. A node whose database was lost and made anew has another one,
// and its peers notice.
#pragma once

#include "base/ids.hpp"
#include "base/result.hpp"
#include "kv/commit_queue.hpp"
#include "runtime/random.hpp"

namespace garage::daemon {

// Blocking, at start-up.
Result<Uuid> load_or_draw_incarnation(kv::Store& store, kv::CommitQueue& commits, runtime::Random& random);

}  // namespace garage::daemon
