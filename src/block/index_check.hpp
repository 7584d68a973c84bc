// The last step of a rebuild: index rows that name nothing go. Internal to block.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "block/core.hpp"

namespace garage::block {

struct IndexCheck {
  // Volumes that rows name and that are not there, by directory; ascending. Their rows stay: a disk may come back.
  std::map<uint16_t, std::set<uint32_t>> missing;
  uint64_t rows_removed = 0;
};

// `walked`: the volumes whose records were all found. Only there a row that names no record is proved wrong; what it
// names is not given back, for another record may have that room. `everything`: none is left unread.
Task<Result<IndexCheck>> check_index(std::shared_ptr<Core> core, std::set<std::shared_ptr<Volume>> walked,
                                     bool everything, std::function<bool()> give_up);

}  // namespace garage::block
