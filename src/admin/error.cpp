#include "admin/error.hpp"

#include <fmt/format.h>

namespace garage::admin {

std::unexpected<AdminError> admin_fail(std::string_view code, int status, std::string message) {
  return std::unexpected(AdminError{std::string(code), status, std::move(message)});
}

std::unexpected<AdminError> invalid_request(std::string message) {
  return admin_fail("InvalidRequest", 400, "Bad request: " + std::move(message));
}

std::unexpected<AdminError> no_such_bucket(std::string_view name) {
  return admin_fail("NoSuchBucket", 404, fmt::format("Bucket not found: {}", name));
}

std::unexpected<AdminError> no_such_key(std::string_view name) {
  return admin_fail("NoSuchAccessKey", 404, fmt::format("Access key not found: {}", name));
}

AdminError from(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kInvalid:
    case ErrorKind::kPrecondition:
    case ErrorKind::kNotFound:
    case ErrorKind::kExists:
      return {"InvalidRequest", 400, "Bad request: " + error.message};
    case ErrorKind::kUnsupported:
      return {"NotImplemented", 501, error.message};
    case ErrorKind::kTimeout:
    case ErrorKind::kUnavailable:
    case ErrorKind::kConflict:
    case ErrorKind::kUnknownOutcome:
    case ErrorKind::kOverloaded:
    case ErrorKind::kOverQuota:
    case ErrorKind::kNoSpace:
    case ErrorKind::kClosed:
      return {"ServiceUnavailable", 503, error.message};
    default:
      return {"InternalError", 500, "Internal error: " + error.message};
  }
}

}  // namespace garage::admin
