// Calls of the admin API's versions 1 and 0 as operations of version 2. They answer as version 2 does; those whose
// shape changed are refused.
#pragma once

#include <string_view>

#include "admin_http/endpoint.hpp"

namespace garage::admin_http {

enum class LegacyVersion : unsigned char { kV0, kV1 };

// `path` is behind the version: "/key".
admin::AdminResult<Endpoint> legacy_endpoint(LegacyVersion version, std::string_view path,
                                             const http::Request& request);

}  // namespace garage::admin_http
