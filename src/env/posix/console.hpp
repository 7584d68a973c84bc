// Standard input and output of a command.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace garage::env::posix {

// All of it. kClosed where nobody reads any more, kNoSpace where the device is full.
Result<void> write_standard_output(std::string_view text);
// As far as possible: there is nobody to tell about a failure.
void write_standard_error(std::string_view text);
// Up to the end. kInvalid if there is more than `bytes_max`.
Result<std::string> read_standard_input(size_t bytes_max);

// Minutes east of Greenwich at a moment, in the time zone of this process.
int utc_offset_minutes(uint64_t unix_ms);

}  // namespace garage::env::posix
