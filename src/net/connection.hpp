// An authenticated connection to a node, to ask it things: a request is an operation name and bytes, an answer is bytes
// or an error.
//
//   CO_TRY(auto connection, co_await connect_as_client(env, address, node, secret, deadline));
//   CO_TRY(auto answer, co_await connection->call("GetClusterStatus", "{}", deadline));
//   co_await connection->close();
//
// Ownership: the caller owns it. Dropping it cuts the connection: calls still waiting end with kClosed.
// Threads:   one loop, the one it was made on. Many calls may wait at the same time; their bodies share the line frame
// by frame. Errors:    what the handler said, under its own kind. Besides: kTimeout at the deadline and kClosed when
// the connection is lost, both
//            of which leave open whether the handler ran; kInvalid for a request that is too large; kOverloaded if the
//            node cannot take more requests at once.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "base/time.hpp"
#include "net/peer_info.hpp"
#include "runtime/task.hpp"

namespace garage::net {

inline constexpr size_t kMessageBytesMax = 16 * 1024 * 1024;  // the body of a request or of an answer
inline constexpr size_t kOperationBytesMax = 255;

class Link;
class CallerCore;

class Connection {
 public:
  // Over a link that has shaken hands (handshake.hpp).
  explicit Connection(std::shared_ptr<Link> link);
  ~Connection();
  Connection(const Connection&) = delete;

  Task<Result<std::string>> call(std::string operation, std::string payload, MonotonicTime deadline);
  // The time of an echo.
  Task<Result<Duration>> ping(MonotonicTime deadline);

  const PeerInfo& peer() const;
  // False once the connection is lost; it does not come back.
  bool open() const;
  // Ends it now; resumes when nothing of it runs any more.
  Task<void> close();

 private:
  std::shared_ptr<CallerCore> core_;
};

}  // namespace garage::net
