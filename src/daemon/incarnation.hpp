// Which database this is: drawn once, when it is made. A node whose database was lost and made anew has another one.
#pragma once

#include <optional>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "kv/commit_queue.hpp"
#include "runtime/random.hpp"

namespace garage::daemon {

// Both blocking, at start-up. Nothing: the database is new.
Result<std::optional<Uuid>> load_incarnation(kv::Store& store);
Result<Uuid> draw_incarnation(kv::Store& store, kv::CommitQueue& commits, runtime::Random& random);

}  // namespace garage::daemon
