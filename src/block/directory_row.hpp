// The metadata row of a data directory, "block.directory/<number as 4 hex digits>" in the meta family.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "block/directory.hpp"
#include "kv/store.hpp"

namespace garage::block {

struct DirectoryRow {
  std::string path;
  MarkerId marker;
  uint32_t frozen_below = 0;
  // Ascending: volumes that index rows name and that were not there when the index was rebuilt last.
  std::vector<uint32_t> missing = {};
};

std::string directory_key(uint16_t number);
std::string encode_directory(uint16_t number, const DirectoryRow& row);
// Blocking: all of them, by number. A damaged row is an error: guessing could free or overwrite what belongs to another
// disk.
Result<std::map<uint16_t, DirectoryRow>> load_directory_rows(kv::Store& store);

}  // namespace garage::block
