// The words of /health and its kin, for load balancers and people.
#pragma once

#include "admin/operations.hpp"
#include "http/response.hpp"

namespace garage::admin_http {

// 200 while every partition has a quorum, 503 otherwise.
Task<http::Response> answer_health(admin::Context& context);
// 200 as long as the process answers.
http::Response answer_live();
// As health, in a word.
Task<http::Response> answer_ready(admin::Context& context);

}  // namespace garage::admin_http
