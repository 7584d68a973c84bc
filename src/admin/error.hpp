// Why an administrative operation failed, as its caller sees it: a code, an HTTP status, and words for people.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace garage::admin {

struct AdminError {
  std::string code;
  int status = 500;
  std::string message;
  friend bool operator==(const AdminError&, const AdminError&) = default;
};

template <class T>
using AdminResult = std::expected<T, AdminError>;

std::unexpected<AdminError> invalid_request(std::string message);
std::unexpected<AdminError> no_such_bucket(std::string_view name);
std::unexpected<AdminError> no_such_key(std::string_view name);
std::unexpected<AdminError> admin_fail(std::string_view code, int status, std::string message);

// An error of the layers below. A name that is missing or taken has a meaning of its own: operations look at the kind
// first.
AdminError from(const Error& error);

}  // namespace garage::admin

// As CO_TRY and TRY, where the function returns an AdminResult and the expression an AdminResult or a Result.
namespace garage::admin::detail {
inline AdminError to_admin_error(AdminError error) {
  return error;
}
inline AdminError to_admin_error(const Error& error) {
  return from(error);
}
}  // namespace garage::admin::detail

#define GARAGE_ADMIN_TRY_IMPL(ret, tmp, decl, ...)                                                \
  auto tmp = (__VA_ARGS__);                                                                       \
  if (!tmp) ret std::unexpected(::garage::admin::detail::to_admin_error(std::move(tmp).error())); \
  decl = std::move(*tmp)
#define ADMIN_TRY(decl, ...) GARAGE_ADMIN_TRY_IMPL(return, GARAGE_CONCAT(admin_try_, __COUNTER__), decl, __VA_ARGS__)
#define CO_ADMIN_TRY(decl, ...) \
  GARAGE_ADMIN_TRY_IMPL(co_return, GARAGE_CONCAT(admin_try_, __COUNTER__), decl, __VA_ARGS__)
#define GARAGE_ADMIN_CHECK_IMPL(ret, ...)                                                            \
  do {                                                                                               \
    if (auto admin_check_ = (__VA_ARGS__); !admin_check_)                                            \
      ret std::unexpected(::garage::admin::detail::to_admin_error(std::move(admin_check_).error())); \
  } while (false)
#define ADMIN_CHECK_OK(...) GARAGE_ADMIN_CHECK_IMPL(return, __VA_ARGS__)
#define CO_ADMIN_CHECK_OK(...) GARAGE_ADMIN_CHECK_IMPL(co_return, __VA_ARGS__)
