// The body of a request (or, for the client, of an answer), read piece by piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.hpp"
#include "http/headers.hpp"
#include "runtime/task.hpp"

namespace garage::http {

// Ownership: the connection's; valid as long as the request. Threads: the loop of the connection, one call at a time.
class BodyReader {
 public:
  virtual ~BodyReader() = default;

  // Some bytes, at least one; 0 at the end. Large bodies are received straight into `out` (which must stay valid until
  // the answer and must not be empty). The first call sends "100 Continue" if the client waits for it. kClosed: the
  // peer hung up before the declared end. kInvalid: bad chunk framing. kTimeout: slower than the minimum rate. An error
  // stays: every later call returns it.
  virtual Task<Result<size_t>> read(std::span<char> out) = 0;

  // Reads and forgets the rest. kOverloaded if it is longer than `bytes_max` (then some of it was read), else as
  // read().
  virtual Task<Result<void>> drain(uint64_t bytes_max) = 0;

  // The fields after a chunked body; empty before read() returned 0. They were sent after the headers were checked and
  // signed, so they are kept apart and never looked up in their place.
  virtual const Headers& trailers() const = 0;
};

}  // namespace garage::http
