// One connection of a server, from accept to close: waits, reads heads, has requests answered, one after another.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "http/response_writer.hpp"
#include "http/server_core.hpp"
#include "http/workspace.hpp"

namespace garage::http {

// Owned by the task that serves it. Idle, it holds its stream and little else.
class Connection {
 public:
  Connection(ServerCore& core, std::unique_ptr<env::Stream> stream, std::string peer)
      : core_(core), stream_(std::move(stream)), peer_(std::move(peer)) {}
  Connection(const Connection&) = delete;

  // Returns when the connection is over. `place` is where the core lists it.
  Task<void> serve(ServerCore::Place place);
  // Ends it now: whatever waits for the stream fails.
  void cut() { stream_->close(); }

 private:
  // Whether the connection goes on.
  Task<bool> wait_for_request(ServerCore::Place place);
  Task<bool> wait_without_workspace();
  Task<bool> read_head();
  Task<bool> answer_request();
  Task<bool> send(Response response, bool close);
  void tell_failed(const Sending& sending);
  Task<void> refuse(Refusal refusal);
  // Lets the peer read our last words before the socket goes: bytes it has still sent would otherwise make the system
  // drop them.
  Task<void> linger();

  void take_workspace();
  std::optional<Refusal> begin_request(size_t head_size);
  bool must_close_after(const Response& response) const;
  AnswerForm answer_form(bool close) const;

  ServerCore& core_;
  std::unique_ptr<env::Stream> stream_;
  std::string peer_;
  std::unique_ptr<Workspace> work_;     // null while idle
  std::array<char, 16> first_bytes_{};  // what wakes an idle connection
};

}  // namespace garage::http
