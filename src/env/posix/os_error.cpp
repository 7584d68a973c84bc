#include "env/posix/os_error.hpp"

#include <fmt/format.h>

#include <system_error>

namespace garage::env::posix {

std::string errno_text(int error) {
  return std::generic_category().message(error);
}

namespace {

ErrorKind disk_kind(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return ErrorKind::kNoSpace;
    case ENOENT:
      return ErrorKind::kNotFound;
    case EEXIST:
      return ErrorKind::kExists;
    case EACCES:
    case EPERM:
      return ErrorKind::kDenied;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return ErrorKind::kOverloaded;
    default:
      return ErrorKind::kIo;
  }
}

bool ends_connection(int error) {
  switch (error) {
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE:
    case ENOTCONN:
    case ETIMEDOUT:
    case ENETRESET:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTUNREACH:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::unexpected<Error> disk_error(int error, std::string_view path, std::string_view action) {
  return fail(disk_kind(error), fmt::format("{}: {}: {}", path, action, errno_text(error)));
}

std::unexpected<Error> stream_error(int error, std::string_view action) {
  return fail(ends_connection(error) ? ErrorKind::kClosed : ErrorKind::kIo,
              fmt::format("{}: {}", action, errno_text(error)));
}

}  // namespace garage::env::posix
