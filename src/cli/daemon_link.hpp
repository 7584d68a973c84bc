// The way to a running daemon: one operation of the admin API at a time. The real one goes over the peer port
// (peer_link.hpp); tests answer by themselves.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "codec/json.hpp"

namespace garage::cli {

using codec::Json;

// Why an operation failed.
struct CallError {
  std::string code;  // "NoSuchBucket"; empty where the daemon was not reached
  int status = 0;    // as in HTTP
  std::string message;
};

class DaemonLink {
 public:
  virtual ~DaemonLink() = default;
  // Blocking, with a deadline of its own.
  virtual std::expected<Json, CallError> call(std::string_view operation, const Json& request) = 0;
};

}  // namespace garage::cli
