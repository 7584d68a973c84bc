// The description of the API for programs, made from the table that the router reads.
#pragma once

#include "codec/json.hpp"

namespace garage::admin_http {

// OpenAPI 3.1.0.
codec::Json openapi_document();

}  // namespace garage::admin_http
