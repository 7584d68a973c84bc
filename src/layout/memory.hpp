// Whether a node still knows what it has done. Of its own part only a node itself tells (Tracker), and it keeps that on
// its disk before others hear of it. So when others know more of it than it does, its metadata is gone or was put back
// from an older copy: what it acknowledged may be forgotten too, and its vote could hide writes that only one other
// node has. Such a node is revoked.
#pragma once

#include "layout/history.hpp"

namespace garage::layout {

// Does the history say that this node keeps data, or is about to?
bool took_part(const History& history, const NodeId& self);

// Does `theirs` say of this node what `mine`, its own history, should say and does not? False for a node that was
// revoked: there is nothing more to find out.
bool has_forgotten(const History& mine, const History& theirs, const NodeId& self);

}  // namespace garage::layout
