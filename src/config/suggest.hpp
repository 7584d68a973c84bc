// "Did you mean": the closest of the known keys.
#pragma once

#include <string>
#include <string_view>

namespace garage::config {

// The number of characters to insert, remove, replace or swap with their neighbour to make one of the other.
size_t edit_distance(std::string_view a, std::string_view b);

// A known key like `key` ("section.name"), also one that stands in another section; empty if none is near.
std::string closest_key(std::string_view key);

}  // namespace garage::config
