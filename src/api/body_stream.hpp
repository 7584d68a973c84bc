// The bytes of an object as the body of an answer.
#pragma once

#include <string>

#include "api/range.hpp"
#include "base/result.hpp"
#include "http/response.hpp"
#include "object/objects.hpp"
#include "runtime/task.hpp"

namespace garage::api {

// Opens what the head was found, and reads the first piece before anything is sent, so that a damaged or vanished
// object is an error and not a broken answer.
Task<Result<void>> open_body(http::Response& response, object::Objects& objects, object::BucketRef bucket,
                             std::string key, object::Object object, ByteRange range);

}  // namespace garage::api
