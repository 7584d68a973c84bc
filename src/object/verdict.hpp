// Is the owner of some blocks dead? Asked of the object's row, by quorum: dead is an owner that a settled row, with an
// ord above the end of the owner's lease, does not name. That is final, whatever clocks do. Private to this module.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "object/core.hpp"
#include "table/row.hpp"

namespace garage::object {

using Owners = std::set<Uuid>;

// Of what a row names: its body, or its parts. An error where that can't be found out.
Task<Result<Owners>> owners_named(Core& core, std::string row_key, std::optional<table::Row> row);

// Owners named above the lease of `owner`: if it is not among them it is dead. Where the row is not above the lease it
// is chosen anew there.
Task<Result<Owners>> owners_above(Core& core, std::string row_key, Uuid owner, Ord ceiling);

// Owners named once nothing can complete this upload any more: a part attempt of it that is not among them is dead.
Task<Result<Owners>> owners_after_upload(Core& core, std::string row_key, Uuid upload);

}  // namespace garage::object
