// What the S3 fronts fail with: a code of the table, words, and what a code brings along in the body or in headers.
//
// API_TRY and CO_API_TRY pass on an ApiError as it is and translate an Error of a lower layer by the table in
// error.cpp. kNotFound and kExists of lower layers have no S3 meaning without knowing of what: say NoSuchKey,
// NoSuchBucket ... where that is known; left alone they become InternalError.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/error_code.hpp"
#include "base/result.hpp"

namespace garage::api {

struct ApiError {
  ErrorCode code = ErrorCode::kInternalError;
  std::string message;  // for the client; empty: the usual message of the code
  std::string detail;   // for the log only, never in an answer

  std::optional<std::string> region;
  std::optional<std::string> bucket;
  std::optional<std::string> key;
  std::optional<std::string> upload_id;
  std::vector<std::pair<std::string, std::string>> xml_extra;  // further elements of the body, in order
  std::vector<std::pair<std::string, std::string>> headers;    // of the answer

  int status() const { return status_of(code); }
  std::string_view text() const { return message.empty() ? info_of(code).message : std::string_view(message); }
};

template <class T = void>
using ApiResult = std::expected<T, ApiError>;

inline ApiError make_error(ErrorCode code, std::string message = {}) {
  ApiError error;
  error.code = code;
  error.message = std::move(message);
  return error;
}
inline std::unexpected<ApiError> api_fail(ErrorCode code, std::string message = {}) {
  return std::unexpected(make_error(code, std::move(message)));
}

// What every request is answered with by a node that was revoked from its cluster.
ApiError no_place_in_cluster();

// What a failure of a lower layer means to an S3 client.
ApiError from(const Error& error);
inline ApiError from(ApiError error) {
  return error;
}

// The XML body of an error answer. All of it is escaped.
struct ErrorPlace {
  std::string_view resource;  // the path as received
  std::string_view request_id;
  std::string_view host_id;
};
std::string render_error(const ApiError& error, const ErrorPlace& place);

}  // namespace garage::api

#define GARAGE_API_TRY_IMPL(ret, tmp, decl, ...)                              \
  auto tmp = (__VA_ARGS__);                                                   \
  if (!tmp) ret std::unexpected(::garage::api::from(std::move(tmp).error())); \
  decl = std::move(*tmp)
#define API_TRY(decl, ...) GARAGE_API_TRY_IMPL(return, GARAGE_CONCAT(try_result_, __COUNTER__), decl, __VA_ARGS__)
#define CO_API_TRY(decl, ...) GARAGE_API_TRY_IMPL(co_return, GARAGE_CONCAT(try_result_, __COUNTER__), decl, __VA_ARGS__)
#define API_CHECK_OK(...)                                                            \
  do {                                                                               \
    if (auto check_result_ = (__VA_ARGS__); !check_result_)                          \
      return std::unexpected(::garage::api::from(std::move(check_result_).error())); \
  } while (false)
#define CO_API_CHECK_OK(...)                                                            \
  do {                                                                                  \
    if (auto check_result_ = (__VA_ARGS__); !check_result_)                             \
      co_return std::unexpected(::garage::api::from(std::move(check_result_).error())); \
  } while (false)
