// Reading uploads and their parts. Private to this module.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/object_version.hpp"
#include "model/upload.hpp"
#include "object/core.hpp"

namespace garage::object {

// Open or completed; kNotFound otherwise.
Task<Result<model::Upload>> read_upload(Core& core, std::string upload_row);

// The latest attempt of each number, ascending.
Task<Result<std::vector<model::PartAttempt>>> read_parts(Core& core, std::string upload_row);

// The ord of the latest attempt at this part; zero where there is none. Whoever begins one afterwards goes above it, so
// that it counts whatever the clock of its node says.
Task<Result<Ord>> latest_attempt(Core& core, std::string upload_row, uint32_t number);

// Of an open upload: it has become this object.
void complete_as(model::Upload& upload, const model::ObjectVersion& version);
// A plain write of its row.
Task<Result<void>> write_upload(Core& core, std::string upload_row, std::optional<std::string> value);

// kNotFound where it is not open. Its parts go to the collector.
Task<Result<void>> abort_upload_row(Core& core, std::string upload_row);

// In Change::apply: kNotFound unless the upload is open.
Result<void> require_open_upload(kv::View& view, std::string_view upload_row);

// On one node the object's row and the upload's entry in the queue are one commit, and the upload's own row says so in
// a later one, or long after it where we die in between. In Change::apply: has the upload become an object? Looks at
// upload_entry_key().
Result<bool> has_become_object(kv::View& view, std::string_view upload_row);
// As it was completed, by either of the two; nothing where it was not.
Task<Result<std::optional<model::Upload>>> find_completed(Core& core, std::string upload_row);

}  // namespace garage::object
