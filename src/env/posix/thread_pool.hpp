// The real Pool: some threads, one queue, first come first served.
//
// Threads: run() from any. Jobs must not throw.
// End:     the destructor runs what is queued, so that nobody waits for ever for a promise, then joins. Jobs that come
// later are
//          dropped. The queue has no bound of its own: callers bound what they have in flight.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/result.hpp"
#include "runtime/pool.hpp"

namespace garage::env::posix {

class ThreadPool final : public runtime::Pool {
 public:
  // Threads are called "<name>-0" and so on (15 characters count). kIo if the system refuses a thread.
  static Result<std::unique_ptr<ThreadPool>> create(std::string name, size_t threads);
  ~ThreadPool() override;

  void run(runtime::Job job) override;

 private:
  ThreadPool() = default;
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<runtime::Job> jobs_;  // guarded by mutex_
  bool stopping_ = false;          // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace garage::env::posix
