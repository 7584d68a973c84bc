#include "env/posix/thread_pool.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

#include "base/assert.hpp"
#include "env/posix/start_thread.hpp"

namespace garage::env::posix {

struct ThreadPool::State {
  std::mutex mutex;  // guards what follows
  std::condition_variable changed;
  std::deque<runtime::Job> jobs;
  bool stopping = false;

  void work();
};

ThreadPool::ThreadPool(AtEnd at_end) : at_end_(at_end), state_(std::make_shared<State>()) {}

Result<std::unique_ptr<ThreadPool>> ThreadPool::create(std::string name, size_t threads, AtEnd at_end) {
  ASSERT(threads > 0, "a pool without threads never runs anything");
  std::unique_ptr<ThreadPool> pool(new ThreadPool(at_end));
  for (size_t i = 0; i < threads; ++i) {
    TRY(std::thread thread, start_thread(name + "-" + std::to_string(i), [state = pool->state_] { state->work(); }));
    pool->threads_.push_back(std::move(thread));
  }
  return pool;
}

ThreadPool::~ThreadPool() {
  std::deque<runtime::Job> dropped;
  {
    std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    if (at_end_ == AtEnd::kLeave) dropped.swap(state_->jobs);
  }
  state_->changed.notify_all();
  for (auto& thread : threads_) {
    if (at_end_ == AtEnd::kLeave) {
      thread.detach();
    } else {
      thread.join();
    }
  }
}

void ThreadPool::run(runtime::Job job) {
  {
    std::lock_guard lock(state_->mutex);
    if (state_->stopping) return;
    state_->jobs.push_back(std::move(job));
  }
  state_->changed.notify_one();
}

void ThreadPool::State::work() {
  std::unique_lock lock(mutex);
  for (;;) {
    changed.wait(lock, [this] { return stopping || !jobs.empty(); });
    if (jobs.empty()) return;
    {
      runtime::Job job = std::move(jobs.front());
      jobs.pop_front();
      lock.unlock();
      job();
    }  // what the job holds dies here, without the lock
    lock.lock();
  }
}

}  // namespace garage::env::posix
