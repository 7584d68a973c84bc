// What lies in a database directory, looked at before RocksDB may touch it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace garage::kv {

// For whoever reads that a database is damaged. Older metadata of one node must not come back where others live: they
// were told of writes that it has forgotten (docs/decisions/lost-state.md).
inline constexpr std::string_view kWayOutOfDamage =
    "In a cluster replace this node (`garage layout assign NEW --replace OLD`), and never put an older copy back. Only "
    "where it is the only node may a copy be put back, of metadata_dir and data_dir together, made at one moment";

enum class DirectoryState {
  kBlank,     // nothing was ever stored: missing, empty, or a creation that was cut short
  kDatabase,  // holds a database
};

// Makes the directory if it is missing, durably. kCorrupt where files of a database lie without their root (CURRENT):
// damaged, and never to be taken for a fresh start.
Result<DirectoryState> prepare_directory(const std::string& path);

// Were the logs in it written without being synced, so that a power cut may have left holes? A mark says so from before
// the first such write until a start that syncs has replayed them, whatever the configuration says by then.
bool may_have_holes(const std::string& path);
// After the database was opened, and before anything is written.
Result<void> note_log_durability(const std::string& path, bool synced);

// The size of its tables, which hold the rows that were moved out of the log; 0 without any.
Result<uint64_t> table_bytes(const std::string& path);

}  // namespace garage::kv
