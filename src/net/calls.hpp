// The asking side of a link: which calls are waiting, and on which streams.
//
// A stream number is free again when both sides are through with it: our request has been sent or cancelled, and the
// answer (or an error) has come.
//
// Ownership: shared; the calls and senders under way keep it alive. Threads: one loop.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "net/caller.hpp"
#include "net/link.hpp"
#include "runtime/future.hpp"
#include "runtime/task_group.hpp"

namespace garage::net {

class Calls {
 public:
  explicit Calls(std::shared_ptr<Link> link);

  static Task<Result<std::string>> call(std::shared_ptr<Calls> self, std::string operation, std::string payload,
                                        MonotonicTime deadline, Priority priority);

  // A frame of one of our streams. An error means that the peer broke the rules.
  Result<void> take(const Frame& frame);
  // The link has ended: every waiting call ends with this, and later ones too.
  void lose(Error reason);
  // Resumes when no sender is left.
  Task<void> join() { return senders_.join(); }

 private:
  struct Pending {
    uint8_t priority = 0;
    std::optional<runtime::Promise<Result<std::string>>> waiter;  // gone when the caller was told
    std::string answer;
    bool unwanted = false;  // the rest of the answer is of no use: send no more of the request, keep nothing
    bool sent = false;      // our last frame of this stream is out
    bool answered = false;  // the peer's last frame of this stream is in
  };

  static Task<void> send_request(std::shared_ptr<Calls> self, uint32_t stream, std::shared_ptr<Pending> call,
                                 std::string head, std::string payload);
  static Task<void> send_cancel(std::shared_ptr<Calls> self, uint32_t stream, std::shared_ptr<Pending> call);
  uint32_t free_stream();
  static void tell(Pending& call, Result<std::string> outcome);
  void give_up(const std::shared_ptr<Calls>& self, uint32_t stream, const std::shared_ptr<Pending>& call);
  Result<void> take_data(Pending& call, std::string_view payload);
  void answered(uint32_t stream, Pending& call, Result<std::string> outcome);
  void forget_if_over(uint32_t stream, const Pending& call);

  std::shared_ptr<Link> link_;
  std::map<uint32_t, std::shared_ptr<Pending>> pending_;  // by stream
  uint32_t last_stream_ = 0;
  std::optional<Error> lost_;
  runtime::TaskGroup senders_;
};

}  // namespace garage::net
