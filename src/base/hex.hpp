// Lower-case hexadecimal.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace garage {

std::string to_hex(std::string_view bytes);
// Accepts both cases; nothing for an odd length or another character.
std::optional<std::string> from_hex(std::string_view text);

}  // namespace garage
