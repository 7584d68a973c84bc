// Answers that are no object: error pages and redirects.
#pragma once

#include "api/error.hpp"
#include "http/response.hpp"
#include "web/plan.hpp"

namespace garage::web {

http::Response error_page(const api::ApiError& error);
http::Response redirect_to(const Redirect& redirect);

}  // namespace garage::web
