// A loop that a unit test drives by hand: run() executes jobs until none is due, advance() moves its clock.
#pragma once

#include <deque>
#include <map>
#include <mutex>

#include "base/assert.hpp"
#include "runtime/loop.hpp"
#include "runtime/task.hpp"
#include "runtime/task_group.hpp"

namespace garage::runtime {

class ManualLoop : public Loop {
 public:
  void post(Job job) override;
  TimerId call_after(Duration delay, Job job) override;
  void cancel(TimerId timer) override;
  MonotonicTime now() override { return now_; }

  // Runs what is ready; returns the number of jobs run.
  size_t run();
  // Moves the clock to each due timer in turn, running as it goes.
  void advance(Duration by);

  // Runs `task` to its end and returns its value. While nothing is ready it moves the clock to the next timer, or
  // yields the thread to pools.
  template <class T>
  T run_until_done(Task<T> task) {
    Loop::Scope scope(this);
    std::optional<T> out;
    TaskGroup group;
    group.spawn(store(std::move(task), out));
    while (!out) {
      if (run() == 0) idle();
    }
    run();
    return std::move(*out);
  }

 private:
  template <class T>
  static Task<void> store(Task<T> task, std::optional<T>& out) {
    out.emplace(co_await std::move(task));
  }
  void idle();

  std::mutex mutex_;
  std::deque<Job> jobs_;  // guarded by mutex_
  std::map<std::pair<MonotonicTime, TimerId>, Job> timers_;
  TimerId last_timer_ = 0;
  MonotonicTime now_;
};

}  // namespace garage::runtime
