// A Pool runs blocking or long work on threads of its own (in the simulator: on the one thread, after a virtual delay).
//
//   auto bytes = co_await run_on(pools.disk, [&file] { return file.size(); });
//
// The function may capture references only to what outlives the await.
#pragma once

#include <type_traits>
#include <utility>

#include "runtime/future.hpp"
#include "runtime/loop.hpp"
#include "runtime/task.hpp"

namespace garage::runtime {

class Pool {
 public:
  virtual ~Pool() = default;
  // Any thread. Jobs may run in any order and at the same time.
  virtual void run(Job job) = 0;
};

// The pools of a node, apart so that hashing never waits behind a slow disk.
struct Pools {
  Pool& disk;     // waits for disks
  Pool& compute;  // uses the processor
};

template <class F, class R = std::invoke_result_t<F&>>
Task<R> run_on(Pool& pool, F function) {
  static_assert(!std::is_void_v<R>, "return a Result<void>, so that failure can be told");
  auto [promise, future] = make_future<R>();
  pool.run([setter = std::move(promise), work = std::move(function)]() mutable { setter.set(work()); });
  co_return co_await std::move(future);
}

}  // namespace garage::runtime
