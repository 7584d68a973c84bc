// Rounds of questions that go on without those who have not answered for a while. Private to this module.
#pragma once

#include <memory>

#include "base/time.hpp"
#include "runtime/loop.hpp"

namespace garage::block {

// Sets `impatient` of the round then, and wakes who waits for its `changed`; nothing where the round is over. The timer
// is the caller's, on the current loop.
template <class Round>
runtime::TimerId lose_patience_after(Duration patience, const std::shared_ptr<Round>& round) {
  return runtime::Loop::current()->call_after(patience, [weak = std::weak_ptr(round)] {
    const auto waiting = weak.lock();
    if (!waiting) return;
    waiting->impatient = true;
    waiting->changed.notify_all();
  });
}

}  // namespace garage::block
