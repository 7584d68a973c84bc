// One object as the answer to a request of a website.
#pragma once

#include <string>

#include "api/error.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "object/objects.hpp"
#include "runtime/task.hpp"
#include "web/plan.hpp"

namespace garage::web {

// NoSuchKey where it is not there. An object that stands for a redirect gives that. Ranges and conditions of the
// request count where the page's status is 200. `request` and `objects` outlive the task.
Task<api::ApiResult<http::Response>> answer_with_object(object::Objects& objects, object::BucketRef bucket, Page page,
                                                        const http::Request& request);

}  // namespace garage::web
