// For fuzzers: what Boost.Beast makes of a whole request, head and body.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace garage::http::testing {

struct OracleRequest {
  std::string target;
  std::string body;
  size_t size = 0;  // of the whole request
};

enum class OracleEnd { kWhole, kMore, kError };

OracleEnd parse_with_beast(std::string_view bytes, OracleRequest& out);

}  // namespace garage::http::testing
