// The real Loop: one thread runs one Boost.Asio context, and around it a queue of jobs and a heap of timers of our own,
// so that what every request does (post, set a deadline, drop it) costs no system call, no lock and no allocation
// inside Asio.
//
// Ownership: LoopThreads (or a test) owns the loop; whatever lives on it dies first or is dropped with it.
// Threads:   post() and stop() from any thread, everything else on the loop's own. Jobs posted by other threads go
// through a locked
//            queue and at most one wake-up at a time.
// Fairness:  after each completion at most kJobsPerTurn jobs run, then sockets and timers are looked at again.
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "base/result.hpp"
#include "env/posix/timer_heap.hpp"
#include "runtime/loop.hpp"

namespace boost::asio {
class io_context;
}

namespace garage::env::posix {

class AsioLoop final : public runtime::Loop {
 public:
  // kIo if the process has no descriptors left.
  static Result<std::unique_ptr<AsioLoop>> create();
  ~AsioLoop() override;

  void post(runtime::Job job) override;
  void post_last(runtime::Job job) override;
  runtime::TimerId call_after(Duration delay, runtime::Job job) override;
  void cancel(runtime::TimerId timer) override;
  MonotonicTime now() override;

  // Runs on the calling thread until stop(). Once.
  void run();
  // Returns at once; run() returns after the job it is in. What is still queued is dropped with the loop.
  void stop();

  // The loop of the calling code, which must be one of these.
  static AsioLoop& current();

  // For this folder: the context, and the line that ends every completion handler (jobs posted meanwhile run there).
  boost::asio::io_context& context();
  void finish_event();

 private:
  struct Asio;
  static constexpr size_t kJobsPerTurn = 128;

  explicit AsioLoop(std::unique_ptr<Asio> asio);
  void take_remote_jobs();
  void wake();
  void arm();
  void run_due_timers();

  std::unique_ptr<Asio> asio_;  // first, so that it outlives what the queues below hold
  TimerHeap timers_;
  MonotonicTime armed_for_ = MonotonicTime::never();  // when the one Asio timer fires
  std::deque<runtime::Job> jobs_;
  bool turn_queued_ = false;
  std::vector<runtime::Job> last_jobs_;  // for the end of Asio's own queue

  std::atomic<bool> stopped_{false};
  std::atomic<bool> has_remote_jobs_{false};
  std::mutex mutex_;
  std::vector<runtime::Job> remote_jobs_;  // guarded by mutex_
  bool wake_queued_ = false;               // guarded by mutex_
};

}  // namespace garage::env::posix
