// RocksDB's Status in our words.
#pragma once

#include <string_view>

#include "base/result.hpp"

namespace rocksdb {
class Status;
}

namespace garage::kv {

// Does an error say that this process, or the machine, can open no more files? That passes.
bool lacks_files(std::string_view text);

// For a status that is not ok.
Error to_error(const rocksdb::Status& status, std::string_view context);

}  // namespace garage::kv
