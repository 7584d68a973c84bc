// The rules for bucket names (those of S3; punycode labels only where allowed).
#pragma once

#include <string_view>

#include "base/result.hpp"

namespace garage::model {

bool is_valid_bucket_name(std::string_view name, bool allow_punycode);
// kInvalid, in words for people.
Result<void> check_bucket_name(std::string_view name, bool allow_punycode);

}  // namespace garage::model
