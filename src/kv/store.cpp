#include "kv/store.hpp"

#include <array>

#include "base/assert.hpp"

namespace garage::kv {

std::string_view family_name(Family family) {
  static constexpr std::array<std::string_view, kFamilyCount> kNames{"meta",      "settings",    "object",   "inline",
                                                                     "version",   "upload",      "manifest", "promise",
                                                                     "block_ref", "block_index", "digest",   "queue"};
  const auto number = static_cast<size_t>(family);
  ASSERT(number < kNames.size(), "a family is one of the enumerators");
  return kNames[number];
}

}  // namespace garage::kv
