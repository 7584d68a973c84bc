#include "env/posix/thread_pool.hpp"

#include <utility>

#include "base/assert.hpp"
#include "env/posix/start_thread.hpp"

namespace garage::env::posix {

Result<std::unique_ptr<ThreadPool>> ThreadPool::create(std::string name, size_t threads) {
  ASSERT(threads > 0, "a pool without threads never runs anything");
  std::unique_ptr<ThreadPool> pool(new ThreadPool());
  for (size_t i = 0; i < threads; ++i) {
    TRY(std::thread thread, start_thread(name + "-" + std::to_string(i), [raw = pool.get()] { raw->work(); }));
    pool->threads_.push_back(std::move(thread));
  }
  return pool;
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void ThreadPool::run(runtime::Job job) {
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return;
    jobs_.push_back(std::move(job));
  }
  changed_.notify_one();
}

void ThreadPool::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    {
      runtime::Job job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
    }  // what the job holds dies here, without the lock
    lock.lock();
  }
}

}  // namespace garage::env::posix
