// Waiting until a socket can be read or written: what streams, listeners and connects have in common. The calls on the
// socket itself are the users'; they try first and wait only when the kernel says "not now".
//
// Ownership: shared between the user and the waits under way; close() by the user ends it (a watch that is dropped with
// its whole
//            loop may die unclosed).
// Threads:   the loop it was made on. One waiter for each direction.
// Deadlines: cost nothing while they are kept: each direction has one timer, which is left running from wait to wait
// and looks at
//            the current deadline only when it fires.
#pragma once

#include <array>
#include <coroutine>
#include <cstddef>
#include <memory>

#include "base/result.hpp"
#include "base/time.hpp"
#include "env/posix/asio_loop.hpp"
#include "env/posix/unique_fd.hpp"
#include "runtime/loop.hpp"
#include "telemetry/span_context.hpp"

namespace garage::env::posix {

enum class Wake : unsigned char { kReady, kTimeout, kClosed };

class FdWatch : public std::enable_shared_from_this<FdWatch> {
 public:
  // On a loop; the descriptor must be non-blocking.
  static Result<std::shared_ptr<FdWatch>> create(UniqueFd fd);
  ~FdWatch();

  int fd() const { return fd_; }
  bool closed() const { return closed_; }
  // Closes the descriptor; waiters resume with kClosed, as jobs.
  void close();
  // Gives the descriptor away, and is closed. Nobody waits.
  UniqueFd release();

  enum Direction : unsigned char { kRead, kWrite };
  struct Awaiter {
    FdWatch& watch;
    Direction direction;
    MonotonicTime deadline;
    telemetry::ContextKeeper context = {};
    bool await_ready() const noexcept { return watch.closed_; }
    void await_suspend(std::coroutine_handle<> handle) {
      context.keep();
      watch.wait(direction, handle, deadline);
    }
    Wake await_resume() const noexcept {
      context.give_back();
      return watch.closed_ ? Wake::kClosed : watch.sides_[direction].outcome;
    }
  };
  // kReady is a hint: the call may still say "not now". The caller keeps the watch alive.
  Awaiter readable(MonotonicTime deadline) { return {*this, kRead, deadline}; }
  Awaiter writable(MonotonicTime deadline) { return {*this, kWrite, deadline}; }

  // The last read took all there was, and nothing has been heard since: waiting at once saves a futile read.
  bool read_dry() const { return read_dry_; }
  void set_read_dry(bool dry) { read_dry_ = dry; }

  // A peer that is always ready must not keep the loop for itself: true after much work without a wait, and the user
  // then yields.
  bool spend(size_t work_bytes) {
    spent_bytes_ += work_bytes + kBytesPerCall;
    return spent_bytes_ >= kBytesPerTurn;
  }
  struct Yield {
    FdWatch& watch;
    telemetry::ContextKeeper context = {};
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> handle) {
      context.keep();
      watch.spent_bytes_ = 0;
      watch.loop_.post([handle] { handle.resume(); });
    }
    void await_resume() const noexcept { context.give_back(); }
  };
  Yield yield() { return {*this}; }

 private:
  struct Descriptor;
  static constexpr size_t kBytesPerCall = 16u << 10;  // what a call costs, in bytes copied
  static constexpr size_t kBytesPerTurn = 1u << 20;

  struct Side {
    std::coroutine_handle<> waiter;
    MonotonicTime deadline;
    Wake outcome = Wake::kReady;
    bool armed = false;          // an event was asked for; stays so after a timeout
    runtime::TimerId timer = 0;  // 0: none runs
    MonotonicTime timer_at;
  };

  FdWatch(AsioLoop& loop, std::unique_ptr<Descriptor> descriptor, int fd);
  void wait(Direction direction, std::coroutine_handle<> handle, MonotonicTime deadline);
  void start_timer(Direction direction);
  void timer_fired(Direction direction);
  void event(Direction direction);

  AsioLoop& loop_;
  std::unique_ptr<Descriptor> descriptor_;
  int fd_;
  bool closed_ = false;
  bool read_dry_ = false;
  size_t spent_bytes_ = 0;
  std::array<Side, 2> sides_;
};

}  // namespace garage::env::posix
