// Reading uploads and their parts. Private to this module.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/upload.hpp"
#include "object/core.hpp"

namespace garage::object {

// Open or completed; kNotFound otherwise.
Task<Result<model::Upload>> read_upload(Core& core, std::string upload_row);

// The latest attempt of each number, ascending.
Task<Result<std::vector<model::PartAttempt>>> read_parts(Core& core, std::string upload_row);

// kNotFound where it is not open. Its parts go to the collector.
Task<Result<void>> abort_upload_row(Core& core, std::string upload_row);

// In Change::apply: kNotFound unless the upload is open.
Result<void> require_open_upload(kv::View& view, std::string_view upload_row);

}  // namespace garage::object
