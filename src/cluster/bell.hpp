// A wait that ends at a time, or earlier when somebody rings.
#pragma once

#include "runtime/loop.hpp"
#include "runtime/signal.hpp"
#include "runtime/task.hpp"

namespace garage::cluster {

// Threads: one loop. Waiters look again at what they wait for: they may be woken for nothing.
class Bell {
 public:
  void ring() { signal_.notify_all(); }
  Task<void> wait(Duration longest) {
    runtime::Loop& loop = *runtime::Loop::current();
    const runtime::TimerId timer = loop.call_after(longest, [this] { signal_.notify_all(); });
    co_await signal_.wait();
    loop.cancel(timer);
  }

 private:
  runtime::Signal signal_;
};

}  // namespace garage::cluster
