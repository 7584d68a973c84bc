// Bodies that are documents (XML, JSON): read whole, bounded, and verified against everything the request promised.
#pragma once

#include <string>

#include "api/body_source.hpp"
#include "api/checksums.hpp"

namespace garage::api {

// MaxMessageLengthExceeded above `bytes_max`; BadDigest or XAmzContentSHA256Mismatch if the content is not what was
// promised.
Task<ApiResult<std::string>> read_small_body(BodySource& source, ChecksumRequest promised, size_t bytes_max);

}  // namespace garage::api
