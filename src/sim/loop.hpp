// The loop of one life of a simulated node (a restart makes a new one).
//
// What becomes of a killed node: die() stops the loop between two jobs. Its waiting jobs, timers and pool jobs are kept
// unrun, its suspended coroutines stay suspended, its objects stay where they are: nothing of a dead node runs, not
// even a destructor, because in the real world none would. When the world ends (bury()), first the coroutine frames are
// destroyed, newest first as a stack would unwind, while every object they refer to is still there; then the jobs; the
// owner of the loop then drops the objects. So a run ends without leaks, and a destructor is the only code of a dead
// node that ever runs. It finds its disk and network closed.
#pragma once

#include <map>
#include <vector>

#include "runtime/loop.hpp"
#include "sim/clock.hpp"
#include "sim/random.hpp"
#include "sim/scheduler.hpp"

namespace garage::sim {

class SimLoop final : public runtime::Loop, public EventOwner {
 public:
  // Each posted job runs after a random delay of at most `post_delay_max`, in the order posted: so the seed decides
  // which node goes first.
  SimLoop(Scheduler& scheduler, SimClock& clock, SimRandom random, uint64_t trace_tag, Duration post_delay_max);

  void post(runtime::Job job) override;
  runtime::TimerId call_after(Duration delay, runtime::Job job) override;
  void cancel(runtime::TimerId timer) override { scheduler_.cancel(timer); }
  MonotonicTime now() override { return clock_.monotonic_now(); }
  void task_started(std::coroutine_handle<> frame) override;
  void task_freed(std::coroutine_handle<> frame) override;

  bool alive() const override { return alive_; }
  Duration paused_until() const override { return paused_until_; }
  uint64_t trace_tag() const override { return trace_tag_; }
  void run(runtime::Job job) override;
  void bury(runtime::Job job) override;

  void die() { alive_ = false; }
  // Stands still until then, pools included (the clocks go on), as under SIGSTOP.
  void pause_until(Duration world_time) { paused_until_ = world_time; }
  size_t tasks_running() const { return frames_.size(); }

  // At the end of the world, after die() and Scheduler::bury_all(), in this order.
  void destroy_frames();
  void destroy_jobs();

 private:
  Scheduler& scheduler_;
  SimClock& clock_;
  SimRandom random_;
  uint64_t trace_tag_;
  Duration post_delay_max_;
  Duration last_post_{0};
  bool alive_ = true;
  Duration paused_until_{0};
  uint64_t tasks_started_ = 0;
  std::map<void*, uint64_t> frames_;  // of running tasks, with the order of their start
  std::vector<runtime::Job> remains_;
};

}  // namespace garage::sim
