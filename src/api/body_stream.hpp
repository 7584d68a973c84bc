// The bytes of an object as the body of an answer.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "http/response.hpp"
#include "object/objects.hpp"
#include "runtime/task.hpp"

namespace garage::api {

// Reads the first piece before anything is sent, so that a damaged or vanished object is an error and not a broken
// answer.
Task<Result<void>> attach_body(http::Response& response, std::unique_ptr<object::ObjectReader> reader, uint64_t bytes);

}  // namespace garage::api
