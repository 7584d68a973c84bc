// The JSON of a request, bounded.
#pragma once

#include "admin/error.hpp"
#include "codec/json.hpp"
#include "http/request.hpp"
#include "runtime/task.hpp"

namespace garage::admin_http {

inline constexpr size_t kBodyBytesMax = 1u << 20;

// Null for an empty body. InvalidRequest (400) for what is no JSON, 413 above kBodyBytesMax.
Task<admin::AdminResult<codec::Json>> read_json_body(http::Request& request);

}  // namespace garage::admin_http
