#include "base/result.hpp"

namespace garage {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kNotFound:
      return "not found";
    case ErrorKind::kInvalid:
      return "invalid";
    case ErrorKind::kDenied:
      return "denied";
    case ErrorKind::kCorrupt:
      return "corrupt";
    case ErrorKind::kIo:
      return "input/output error";
    case ErrorKind::kNoSpace:
      return "no space left";
    case ErrorKind::kTimeout:
      return "timed out";
    case ErrorKind::kUnavailable:
      return "unavailable";
    case ErrorKind::kConflict:
      return "conflict";
    case ErrorKind::kUnknownOutcome:
      return "unknown outcome";
    case ErrorKind::kPrecondition:
      return "condition not met";
    case ErrorKind::kOverQuota:
      return "over quota";
    case ErrorKind::kOverloaded:
      return "overloaded";
    case ErrorKind::kUnsupported:
      return "unsupported";
    case ErrorKind::kClosed:
      return "closed";
    case ErrorKind::kExists:
      return "already exists";
    case ErrorKind::kInternal:
      return "internal error";
  }
  return "unknown";
}

Error Error::within(std::string_view context) const {
  return {kind, std::string(context) + ": " + message};
}

}  // namespace garage
