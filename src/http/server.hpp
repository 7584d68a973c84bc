// An HTTP/1.1 server on one loop. With several loops there is a Server on each, listening at the same address.
//
// Ownership: the owner keeps the handler alive and awaits stop() before it destroys the server (except when a world is
// dropped). Threads:   every call on the loop that called listen() first. Requests of a connection are answered in
// order, one at a time. A framing error is answered once, then the connection is closed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "env/env.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

namespace garage::http {

class Handler {
 public:
  virtual ~Handler() = default;

  // One call per request, many at a time. The request outlives the returned task. Handlers bound their own waits.
  virtual Task<Response> handle(Request& request) = 0;

  // The answer to bytes that never became a request (400, 408, 414, 431, 501, 505), and to a source that failed before
  // its first byte (500). `reason` is plain ASCII for people.
  virtual Response refuse(int status, std::string_view reason);

  // The body of an answer that was given could not be produced, or not to its end: the client has got a 500 instead, or
  // was cut off. For who counts; it is in the log already.
  virtual void answer_failed(const Request& /*request*/) {}
};

// Limits are for one server, that is for one loop.
struct ServerOptions {
  size_t header_block_bytes_max = 16 * 1024;  // request line and fields
  size_t header_fields_max = 100;
  size_t target_bytes_max = 8 * 1024;
  Duration header_timeout = 10s;  // from the first byte of a request to the end of its head
  Duration idle_timeout = 60s;    // between requests, and before the first
  // A body that comes slower than this, over a window of time spent waiting for it, ends with kTimeout; an answer that
  // the client takes slower than this is cut.
  uint64_t rate_min_bytes_per_s = 1024;
  Duration rate_window = 30s;
  // When full, the longest idle connection makes room; if all are busy, accepting pauses.
  size_t connections_max = 20'000;
  size_t connections_per_address_max = 10'000;  // more are closed at once; not for Unix sockets
  // What a handler left unread of a body is read and forgotten up to here, so that the connection lives on; more, or
  // chunks without an end in sight, closes it, which the answer says.
  uint64_t drain_bytes_max = 256 * 1024;
  Duration drain_timeout = 5s;
  std::string server_name = "garage";  // the Server header; empty leaves it out
};

class ServerCore;

class Server {
 public:
  Server(env::Env& env, Handler& handler, ServerOptions options);
  Server(runtime::Clock& clock, env::Network& network, Handler& handler, ServerOptions options);
  ~Server();

  // May be called for several addresses. Starts accepting at once.
  Result<void> listen(env::Address address, env::ListenOptions options = {.share_port = true});
  // Where it really listens (port 0 was chosen by the system), in the order of listen().
  std::vector<env::Address> addresses() const;

  // Stops accepting, closes idle connections after a moment in which they may still ask, lets requests in progress
  // finish; after `grace` cuts what is left. Resumes when every handler has returned.
  Task<void> stop(Duration grace = 10s);

  size_t connections() const;

 private:
  std::unique_ptr<ServerCore> core_;
};

}  // namespace garage::http
