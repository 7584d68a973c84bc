// What lies in a database directory, looked at before RocksDB may touch it.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace garage::kv {

enum class DirectoryState {
  kBlank,     // nothing was ever stored: missing, empty, or a creation that was cut short
  kDatabase,  // holds a database
};

// Makes the directory if it is missing, durably. kCorrupt where files of a database lie without their root (CURRENT):
// damaged, and never to be taken for a fresh start.
Result<DirectoryState> prepare_directory(const std::string& path);

// The size of its tables, which hold the rows that were moved out of the log; 0 without any.
Result<uint64_t> table_bytes(const std::string& path);

}  // namespace garage::kv
