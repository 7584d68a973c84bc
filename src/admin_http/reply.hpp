// Answers as people and programs read them: JSON with indentation, and one shape for every error.
#pragma once

#include <string_view>

#include "admin/error.hpp"
#include "codec/json.hpp"
#include "http/response.hpp"

namespace garage::admin_http {

http::Response json_reply(const codec::Json& value, int status = 200);
// {code, message, region, path}
http::Response error_reply(const admin::AdminError& error, std::string_view region, std::string_view path);
http::Response preflight_reply();

}  // namespace garage::admin_http
