// Pieces of text that several commands share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/json_view.hpp"

namespace garage::cli {

inline std::string short_id(std::string_view id) {
  return std::string(id.substr(0, 16));
}

// "first, ... (N)" for several, the only one, or nothing.
std::string abbreviated(const std::vector<std::string>& values);

// "RWO", blank where a right is missing.
std::string rights_text(const Json& permissions);

// "[a,b]"
std::string tags_text(const std::vector<std::string>& tags);

// "65.4 GiB (26.0%)"
std::string share_text(uint64_t part_bytes, uint64_t whole_bytes);

// "23 seconds ago", "3 minutes ago"
std::string ago_text(uint64_t seconds);
// "in 55 seconds"
std::string in_text(uint64_t seconds);

}  // namespace garage::cli
