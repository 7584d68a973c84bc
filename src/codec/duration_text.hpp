// Lengths of time as people write them: numbers with units, summed ("1h30m", "1 day 2 hours", "1.5h"); a lone number
// means seconds.
//
// Units: us usec; ms msec; s sec second(s); m min minute(s); h hr hour(s); d day(s); w week(s); M month(s) (30.4375
// days); y year(s) (365.25 days). Case matters: m is minutes, M is months.
#pragma once

#include <chrono>
#include <string_view>

#include "base/result.hpp"

namespace garage::codec {

// Cut to milliseconds; at most a thousand years. kInvalid with the reason, fit to follow "invalid duration: ".
Result<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace garage::codec
