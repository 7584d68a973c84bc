// Calls of gRPC over one connection, one at a time, without TLS: HTTP/2 as
// https://github.com/grpc/grpc/blob/master/doc/ PROTOCOL-HTTP2.md says.
//
// Ownership: owns its stream. Threads: one loop. After an error the channel is of no use any more.
// Bounds: an answer of kAnswerBytesMax.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "env/network.hpp"
#include "runtime/task.hpp"

namespace garage::exporters {

class GrpcChannel {
 public:
  static constexpr size_t kAnswerBytesMax = 64 * 1024;

  // `authority`: "host:port", as the URL has it.
  GrpcChannel(std::unique_ptr<env::Stream> stream, std::string authority);
  ~GrpcChannel();
  GrpcChannel(const GrpcChannel&) = delete;

  // kTimeout after the deadline; kUnavailable where the call was answered with an error, kClosed where it was not
  // answered at all and another connection may help.
  Task<Result<void>> call(std::string path, std::string message, MonotonicTime deadline);

 private:
  struct Session;
  Task<Result<void>> flush(MonotonicTime deadline);

  std::unique_ptr<env::Stream> stream_;
  const std::string authority_;
  std::unique_ptr<Session> session_;
};

}  // namespace garage::exporters
