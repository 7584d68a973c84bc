// A small HTTP/1.1 client: one request, one whole answer in memory. For Consul, Kubernetes, tests and measurement.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "env/network.hpp"
#include "http/header_block.hpp"
#include "http/headers.hpp"
#include "http/response.hpp"

namespace garage::http {

struct ClientRequest {
  std::string method = "GET";
  std::string target = "/";  // path and query, already encoded
  std::string host;          // empty: the text of the address
  HeaderBlock headers;
  std::string body;                    // sent with Content-Length, unless there is a stream
  std::unique_ptr<BodySource> stream;  // sent with Content-Length if the length is known, else chunked
  std::optional<uint64_t> stream_length;
};

struct ClientLimits {
  size_t header_block_bytes_max = 64 * 1024;
  size_t header_fields_max = 200;
  uint64_t body_bytes_max = 16 * 1024 * 1024;
};

// Owns the bytes its views point into; may be moved.
struct ClientResponse {
  int status = 0;
  Headers headers;
  Headers trailers;
  std::string body;
  bool keep_alive = false;  // the stream can carry another exchange

  std::unique_ptr<std::string> head_text;     // behind headers
  std::unique_ptr<std::string> trailer_text;  // behind trailers
};

// On an open stream, which the caller may use again if the answer says so. kCorrupt: not HTTP, or an answer above the
// limits; kClosed: the peer hung up before the end.
Task<Result<ClientResponse>> exchange(env::Stream& stream, ClientRequest request, ClientLimits limits,
                                      MonotonicTime deadline);

// Connects, exchanges, closes.
Task<Result<ClientResponse>> fetch(env::Network& network, env::Address address, ClientRequest request,
                                   ClientLimits limits, MonotonicTime deadline);

}  // namespace garage::http
