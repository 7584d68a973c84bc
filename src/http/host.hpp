// The value of the Host header.
#pragma once

#include <string_view>

namespace garage::http {

// A name of letters, digits, '-', '.' and '_', or an address in brackets; then perhaps ":port" with a port of 1 to
// 65535. So there is no user part, no percent-coding, nothing that two readers could split in two ways.
bool is_valid_host(std::string_view value);

}  // namespace garage::http
