// The real Pool: some threads, one queue, first come first served.
//
// Threads: run() from any. Jobs must not throw.
// End:     the destructor runs what is queued, so that nobody waits for ever for a promise, then joins. Jobs that come
//          later are dropped. With AtEnd::kLeave it waits for nothing: what is queued is dropped, and what runs ends by
//          itself, later than whatever the job does not own.
// Bounds:  the queue has none of its own: callers bound what they have in flight.
#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/result.hpp"
#include "runtime/pool.hpp"

namespace garage::env::posix {

class ThreadPool final : public runtime::Pool {
 public:
  enum class AtEnd : unsigned char { kJoin, kLeave };
  // Threads are called "<name>-0" and so on (15 characters count). kIo if the system refuses a thread.
  static Result<std::unique_ptr<ThreadPool>> create(std::string name, size_t threads, AtEnd at_end = AtEnd::kJoin);
  ~ThreadPool() override;

  void run(runtime::Job job) override;

 private:
  struct State;
  explicit ThreadPool(AtEnd at_end);

  const AtEnd at_end_;
  const std::shared_ptr<State> state_;  // shared with the threads
  std::vector<std::thread> threads_;
};

}  // namespace garage::env::posix
