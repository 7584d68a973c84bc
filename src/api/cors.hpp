// Cross-origin requests of browsers: the answer to their preflight, and the headers that let a page read an answer.
#pragma once

#include "api/error.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "model/bucket.hpp"

namespace garage::api {

// The answer to OPTIONS. AccessForbidden where the bucket's rules do not allow what is asked; BadRequest where nothing
// is. A null `bucket` is one that cannot be known without credentials: the browser is sent on to the real request.
ApiResult<http::Response> answer_preflight(const http::Request& request, const model::Bucket* bucket);

// Adds what the bucket's rules allow the page behind the request. Where there are rules, also caches are told that the
// answer depends on who asks: what one page may not read, or no page asked for, is not kept for another one.
void show_cors(http::HeaderBlock& out, const http::Request& request, const model::Bucket& bucket);

}  // namespace garage::api
