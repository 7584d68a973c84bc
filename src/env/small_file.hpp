// Small state files (node key, peers, layout): read whole, replaced whole and durably.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "env/disk.hpp"

namespace garage::env {

// kNotFound if missing; kInvalid if larger than `bytes_max`. What is no file (a pipe) is read to its end.
Result<std::string> read_file(Disk& disk, std::string path, uint64_t bytes_max = 16u << 20);

// Writes a temporary file beside it, syncs, renames, syncs the directory. With `keep_previous`, the old content stays
// as
// "<path>.previous". After ok the new content survives power loss; before, the old one does.
Result<void> replace_file(Disk& disk, std::string path, std::string_view content, uint32_t mode,
                          bool keep_previous = false);

}  // namespace garage::env
