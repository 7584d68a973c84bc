// Expected failure as a value: Result<T>, Error, and the macros that pass an error on.
//
// A Result is returned by everything that can fail in a way the world allows: not found, disk full, peer gone, bytes
// damaged. What must not happen is an ASSERT (base/assert.hpp). Exceptions of third-party libraries are caught in the
// .cpp that calls them.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace garage {

// A kind exists only where some caller acts on it; everything else is text.
enum class ErrorKind : unsigned char {
  kNotFound,        // the thing asked for does not exist
  kInvalid,         // the caller's input cannot be used
  kDenied,          // a credential is missing or wrong
  kCorrupt,         // bytes from disk or wire failed their checksum or cannot be decoded
  kIo,              // the operating system refused a read or a write
  kNoSpace,         // the disk is full
  kTimeout,         // the deadline passed
  kUnavailable,     // a quorum or a peer is missing; nothing was applied
  kConflict,        // refused repeatedly; proven not applied
  kUnknownOutcome,  // may or may not have been applied
  kPrecondition,    // a condition of the request is false; nothing was applied
  kOverQuota,       // a limit set by an administrator; nothing was applied
  kOverloaded,      // a bounded queue is full
  kUnsupported,     // not built, or not possible in this mode
  kClosed,          // the peer closed, or the object is stopping
  kExists,          // the thing to be created is already there
  kInternal,        // a bug that was survived
};

std::string_view to_string(ErrorKind kind);

struct Error {
  ErrorKind kind = ErrorKind::kInternal;
  std::string message;

  // The same error with "context: " before its message.
  Error within(std::string_view context) const;
};

template <class T = void>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorKind kind, std::string message) {
  return std::unexpected(Error{kind, std::move(message)});
}

}  // namespace garage

#define GARAGE_CONCAT_(a, b) a##b
#define GARAGE_CONCAT(a, b) GARAGE_CONCAT_(a, b)

// TRY(auto x, f());      returns the error of f(), or declares x.        CHECK_OK(f());     the same for Result<void>.
// CO_TRY, CO_CHECK_OK:   the same inside a coroutine.
#define GARAGE_TRY_IMPL(ret, tmp, decl, ...)             \
  auto tmp = (__VA_ARGS__);                              \
  if (!tmp) ret std::unexpected(std::move(tmp).error()); \
  decl = std::move(*tmp)
#define TRY(decl, ...) GARAGE_TRY_IMPL(return, GARAGE_CONCAT(try_result_, __COUNTER__), decl, __VA_ARGS__)
#define CO_TRY(decl, ...) GARAGE_TRY_IMPL(co_return, GARAGE_CONCAT(try_result_, __COUNTER__), decl, __VA_ARGS__)
#define CHECK_OK(...)                                                                                                 \
  do {                                                                                                                \
    if (auto check_result_ = (__VA_ARGS__); !check_result_) return std::unexpected(std::move(check_result_).error()); \
  } while (false)
#define CO_CHECK_OK(...)                                           \
  do {                                                             \
    if (auto check_result_ = (__VA_ARGS__); !check_result_)        \
      co_return std::unexpected(std::move(check_result_).error()); \
  } while (false)
