// A part of handing over in a layout change: who keeps the objects of a bucket next has to refuse, like those who kept
// them before, what clients write into it while it is being deleted, or once it is gone.
//
// Ownership: borrows everything. Threads: the loop of the layout's duty. Crash: may be repeated.
#pragma once

#include "model/settings_copies.hpp"
#include "table/placement.hpp"

namespace garage::daemon {

// The rows of all such buckets, as this node has them: then a majority of each new set that it hands objects to has
// them. An error: not all of that is so.
Task<Result<void>> hand_over_closed_buckets(NodeId self, table::Placement& objects, model::SettingsCopies& copies);

}  // namespace garage::daemon
