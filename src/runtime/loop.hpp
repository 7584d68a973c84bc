// A Loop runs jobs one after another on one thread: coroutines, timers, completions. A request lives on one loop.
//
// Real ones are in env/posix (one a core), the simulated one in sim. current() is the loop that runs the calling code.
#pragma once

#include <coroutine>
#include <cstdint>
#include <functional>
#include <utility>

#include "base/time.hpp"

namespace garage::runtime {

using Job = std::move_only_function<void()>;
using TimerId = uint64_t;  // never 0

class Loop {
 public:
  virtual ~Loop() = default;

  // Any thread. Jobs run in the order posted by one thread. Jobs posted after the loop stopped are dropped.
  virtual void post(Job job) = 0;

  // Loop thread only. The job runs once everything that is ready now has run: jobs, and sockets that have something to
  // say. For what is cheaper done for many at once.
  virtual void post_last(Job job) { post(std::move(job)); }

  // Loop thread only. The job runs once, not before `delay` has passed; cancel() after it ran does nothing.
  virtual TimerId call_after(Duration delay, Job job) = 0;
  virtual void cancel(TimerId timer) = 0;

  // The time that deadlines are measured in.
  virtual MonotonicTime now() = 0;

  // A task of a TaskGroup begins on this loop, or its frame is freed. Only the simulated loop listens: it frees what a
  // killed node left suspended, newest first, when the world is dropped.
  virtual void task_started(std::coroutine_handle<> frame) {}
  virtual void task_freed(std::coroutine_handle<> frame) {}

  // The loop whose job is running on this thread, or nullptr on a thread that is not a loop.
  static Loop* current();

  // For implementations: marks the calling thread as running `loop` for the lifetime of the scope.
  class Scope {
   public:
    explicit Scope(Loop* loop);
    ~Scope();
    Scope(const Scope&) = delete;

   private:
    Loop* previous_;
  };
};

}  // namespace garage::runtime
