// Who sends next on a line that many share. The most urgent goes first; what is small goes out together, in one write.
//
// One sender at a time leads: it writes its own parcel and those that fit beside it, then hands the lead on. So a
// parcel is never copied into a queue, and a sender that finds the line free does not wait for anybody.
//
// Threads: one loop. Ownership: a parcel lives in the coroutine that sends it.
#pragma once

#include <array>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "runtime/loop.hpp"
#include "telemetry/span_context.hpp"

namespace garage::net {

class SendQueue {
 public:
  struct Parcel {
    std::vector<std::string_view> pieces;
    size_t bytes = 0;
    uint8_t priority = 0;                 // 0 is served first
    std::optional<Result<void>> outcome;  // once somebody else has sent it
    std::coroutine_handle<> waiter = {};
  };

  struct Turn {
    SendQueue& queue;
    Parcel& parcel;
    telemetry::ContextKeeper context = {};
    bool await_ready() const { return queue.take_free_line(); }
    void await_suspend(std::coroutine_handle<> handle) {
      context.keep();
      queue.enqueue(parcel, handle);
    }
    void await_resume() const noexcept { context.give_back(); }
  };
  // Resumes when the caller leads, or, with an outcome, when its parcel was sent along.
  Turn turn(Parcel& parcel) { return Turn{*this, parcel}; }

  // For who leads: those to be sent along with it, most urgent first, while all together stay below `bytes_max`.
  std::vector<Parcel*> companions(const Parcel& lead, size_t bytes_max);
  // The write is done: tells the companions, and lets the next one lead.
  void done(const std::vector<Parcel*>& companions, const Result<void>& outcome);

 private:
  static constexpr size_t kClasses = 3;  // as net::Priority; what is less urgent counts as the last
  // So often the least urgent go first, or a busy line would never carry them.
  static constexpr uint64_t kFairnessInterval = 16;

  bool take_free_line();
  void enqueue(Parcel& parcel, std::coroutine_handle<> waiter);

  std::array<std::deque<Parcel*>, kClasses> waiting_;
  bool led_ = false;
  uint64_t handovers_ = 0;
};

}  // namespace garage::net
