// A link on which both sides ask and answer: what two nodes of a cluster have between them.
//
//   auto dialogue = std::make_shared<Dialogue>(std::move(link), handler, limits);
//   tasks.spawn(...)              which does: reason = co_await Dialogue::run(dialogue); co_await dialogue->join();
//   auto answer = co_await dialogue->call("table/read", bytes, deadline, Priority::kNormal);
//
// Ownership: shared by its run and its users; borrows the handler until join() has returned. Threads: one loop.
// Errors: as Connection. A call on a dialogue that has ended fails at once.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "net/caller.hpp"
#include "net/calls.hpp"
#include "net/requests.hpp"

namespace garage::net {

class Dialogue {
 public:
  Dialogue(std::shared_ptr<Link> link, RequestHandler& handler, const ServerOptions& limits);

  // Receives until the link ends; resumes with the reason when every call has been told. Once.
  static Task<Error> run(std::shared_ptr<Dialogue> self);
  // After run(): resumes when every handler has returned.
  Task<void> join();

  Task<Result<std::string>> call(std::string operation, std::string payload, MonotonicTime deadline, Priority priority);
  // The time of an echo.
  Task<Result<Duration>> ping(MonotonicTime deadline) { return link_->ping(deadline); }
  // From now on what the peer asks is answered kUnavailable.
  void refuse_new() { requests_.refuse_new(); }
  // Are handlers at work for the peer, or answers on their way?
  bool working() const { return requests_.working(); }
  // Ends it now. The peer is not told why.
  void close() { link_->close(); }

  bool open() const { return link_->open(); }
  bool dialled() const { return link_->dialled(); }
  const PeerInfo& peer() const { return link_->peer(); }

 private:
  std::shared_ptr<Link> link_;
  std::shared_ptr<Calls> calls_;
  Requests requests_;
};

}  // namespace garage::net
