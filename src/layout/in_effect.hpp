// Where rows really are under a version. That is where the version says, but for the partitions of which nobody came
// along: where all new nodes were revoked before the version was settled, and people accepted that data may be missing,
// rows stay with the nodes that kept them before. These have all of them: until a version is settled its rows are
// written to old and new nodes. Private to this module.
#pragma once

#include <cstdint>

#include "layout/assignment.hpp"
#include "layout/history.hpp"
#include "layout/stages.hpp"

namespace garage::layout {

// Empty where the version is not known.
ReplicaSet replicas_in_effect(const History& history, uint64_t version, uint32_t partition);

// The same of all partitions.
Assignment assignment_in_effect(const History& history, uint64_t version);

// Does that differ from what the version says?
bool some_stay(const History& history, uint64_t version);

}  // namespace garage::layout
