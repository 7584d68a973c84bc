// The body of a request as an operation reads it: the object's bytes, whatever framing they came in.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/authenticate.hpp"
#include "api/error.hpp"
#include "http/request.hpp"
#include "runtime/task.hpp"

namespace garage::api {

// The fields after an aws-chunked body, verified; names lower-cased.
class Trailers {
 public:
  std::optional<std::string_view> get(std::string_view lower_name) const;
  void add(std::string lower_name, std::string value) { fields_.emplace_back(std::move(lower_name), std::move(value)); }
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  size_t size() const { return fields_.size(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// Ownership: borrows the request. Threads: the request's loop, one call at a time. An error stays.
class BodySource {
 public:
  virtual ~BodySource() = default;

  // Some bytes, at least one; 0 is the end, and then everything about the framing was verified: length, chunk
  // signatures, trailer signature. Before it nothing is: whoever acts on the bytes reads to the end first. `out` must
  // not be empty and stays valid until the answer. What is promised about the content itself (checksums, Content-MD5,
  // SHA-256) is for the reader to verify, see checksums.hpp.
  virtual Task<ApiResult<size_t>> read(std::span<char> out) = 0;

  // How many bytes read() will give in all, if the client said.
  virtual std::optional<uint64_t> length() const = 0;

  // Empty before read() returned 0, and for bodies without any.
  virtual const Trailers& trailers() const = 0;
};

// Plain or aws-chunked as `who` says. MissingContentLength if an aws-chunked body does not say its decoded length,
// InvalidArgument if that is not a number.
ApiResult<std::unique_ptr<BodySource>> make_body_source(const http::Request& request, const Authenticated& who);

// MissingContentLength (411) unless there is a Content-Length or chunked coding: for operations whose body is an
// object.
ApiResult<void> require_length(const http::Request& request);

// The meaning of a failed http read: the client's fault, all of them.
ApiError body_error(const Error& error);

}  // namespace garage::api
