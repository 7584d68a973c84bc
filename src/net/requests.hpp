// The answering side of a link: collects requests, hands them to the handler, sends answers.
//
// Bounds: requests at once and bytes of their bodies and answers, as ServerOptions says; what is above is answered with
// an error, and the rest of its body is read and forgotten. A peer that breaks the rules (bytes on a stream it did not
// open, two requests on one) is an error of take().
//
// Ownership: a member of the session it serves, which awaits join() before it destroys it. Threads: one loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "net/link.hpp"
#include "net/server.hpp"
#include "runtime/task_group.hpp"
#include "telemetry/span.hpp"

namespace garage::net {

class Requests {
 public:
  Requests(std::shared_ptr<Link> link, RequestHandler& handler, const ServerOptions& options);

  // A frame of one of the peer's streams.
  Result<void> take(const Frame& frame);
  // New requests are answered kUnavailable from now on; when none is left we say farewell, and the peer closes.
  void drain();
  // The same without a farewell: the link may carry our own questions.
  void refuse_new() { refusing_ = true; }
  // Is a handler at work, or an answer on its way? Otherwise it is the peer's turn.
  bool working() const { return answers_.running() > 0; }
  // The link has ended; resumes when every handler has returned.
  Task<void> join() { return answers_.join(); }

 private:
  struct Incoming {
    std::string operation;
    std::string body;
    std::optional<telemetry::RemoteParent> asker;     // where a trace is recorded
    MonotonicTime deadline = MonotonicTime::never();  // after it nobody waits for the answer
    size_t expected_bytes = 0;                        // of the body, as the head says
    uint8_t priority = 0;                             // of the request, and so of its answer
    size_t counted_bytes = 0;  // in bytes_: of the body until the handler returns, then of the answer
    bool counted = false;      // in requests_
    bool complete = false;     // the peer sends no more on this stream
    bool unwanted = false;     // cancelled or refused: no handler starts, no answer is completed
    bool answered = false;     // our last frame is out
  };
  using IncomingPtr = std::shared_ptr<Incoming>;

  Result<void> take_request(uint32_t stream, uint8_t priority, std::string_view payload);
  Result<void> take_data(uint32_t stream, const IncomingPtr& incoming, std::string_view payload);
  void take_cancel(uint32_t stream, const IncomingPtr& incoming);
  void refuse(uint32_t stream, const IncomingPtr& incoming, ErrorKind kind, std::string why);
  void count_bytes(Incoming& incoming, size_t bytes);
  void answered(uint32_t stream, Incoming& incoming);
  void forget_if_over(uint32_t stream, const Incoming& incoming);
  Task<void> answer(uint32_t stream, IncomingPtr incoming);
  Task<Result<std::string>> ask_handler(Incoming& incoming);
  Task<void> send_answer(uint32_t stream, IncomingPtr incoming, Result<std::string> outcome);

  std::shared_ptr<Link> link_;
  RequestHandler& handler_;
  telemetry::Tracer* const tracer_;
  const size_t requests_max_;
  const size_t bytes_max_;
  std::map<uint32_t, IncomingPtr> streams_;
  size_t requests_ = 0;
  size_t bytes_ = 0;
  bool refusing_ = false;
  bool draining_ = false;
  runtime::TaskGroup answers_;
};

}  // namespace garage::net
