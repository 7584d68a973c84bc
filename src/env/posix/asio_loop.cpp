#include "env/posix/asio_loop.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <exception>
#include <utility>

#include "base/assert.hpp"
#include "telemetry/span_context.hpp"

namespace garage::env::posix {

using runtime::Job;
using runtime::TimerId;

struct AsioLoop::Asio {
  boost::asio::io_context context{1};  // one thread: Asio may keep its own queue without locks
  boost::asio::steady_timer timer{context};
};

Result<std::unique_ptr<AsioLoop>> AsioLoop::create() {
  try {
    return std::unique_ptr<AsioLoop>(new AsioLoop(std::make_unique<Asio>()));
  } catch (const std::exception& e) {
    return fail(ErrorKind::kIo, std::string("cannot make an event loop: ") + e.what());
  }
}

AsioLoop::AsioLoop(std::unique_ptr<Asio> asio) : asio_(std::move(asio)) {}

// What a dropped job owns may post or cancel as it dies.
AsioLoop::~AsioLoop() {
  stopped_ = true;
  while (!jobs_.empty()) {
    const Job dropped = std::move(jobs_.front());
    jobs_.pop_front();
  }
}

AsioLoop& AsioLoop::current() {
  auto* loop = dynamic_cast<AsioLoop*>(Loop::current());
  ASSERT(loop, "sockets are used on a loop of env/posix");
  return *loop;
}

boost::asio::io_context& AsioLoop::context() {
  return asio_->context;
}

MonotonicTime AsioLoop::now() {
  return {std::chrono::steady_clock::now().time_since_epoch()};
}

void AsioLoop::post(Job job) {
  if (stopped_.load(std::memory_order_relaxed)) return;
  if (Loop::current() == this) {
    jobs_.push_back(std::move(job));
    return;
  }
  bool must_wake;
  {
    std::lock_guard lock(mutex_);
    remote_jobs_.push_back(std::move(job));
    has_remote_jobs_.store(true, std::memory_order_relaxed);
    must_wake = !std::exchange(wake_queued_, true);
  }
  if (must_wake) wake();
}

// Asio's queue holds the completions of one look at all sockets: what is posted now comes after them.
void AsioLoop::post_last(Job job) {
  last_jobs_.push_back(std::move(job));
  if (last_jobs_.size() > 1) return;
  boost::asio::post(asio_->context, [this] {
    for (Job& last : std::exchange(last_jobs_, {})) jobs_.push_back(std::move(last));
    finish_event();
  });
}

void AsioLoop::wake() {
  boost::asio::post(asio_->context, [this] {
    {
      std::lock_guard lock(mutex_);
      wake_queued_ = false;
    }
    finish_event();
  });
}

// has_remote_jobs_ saves the lock; a job that is missed here finds its wake-up still queued.
void AsioLoop::take_remote_jobs() {
  if (!has_remote_jobs_.load(std::memory_order_relaxed)) return;
  std::lock_guard lock(mutex_);
  for (Job& job : remote_jobs_) jobs_.push_back(std::move(job));
  remote_jobs_.clear();
  has_remote_jobs_.store(false, std::memory_order_relaxed);
}

void AsioLoop::finish_event() {
  take_remote_jobs();
  for (size_t ran = 0; !jobs_.empty() && !stopped_.load(std::memory_order_relaxed); ++ran) {
    if (ran == kJobsPerTurn) {
      if (!std::exchange(turn_queued_, true)) {
        boost::asio::post(asio_->context, [this] {
          turn_queued_ = false;
          finish_event();
        });
      }
      return;
    }
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    telemetry::current_span = {};
    job();
  }
}

TimerId AsioLoop::call_after(Duration delay, Job job) {
  const MonotonicTime start = now();
  const bool unreachable = delay > MonotonicTime::never() - start;
  const MonotonicTime at = unreachable ? MonotonicTime::never() : start + delay;
  const TimerId timer = timers_.add(at, std::move(job));
  if (at < armed_for_) arm();
  return timer;
}

void AsioLoop::cancel(TimerId timer) {
  timers_.cancel(timer);
}

// The Asio timer is only ever moved forward in time by firing: a cancelled or later deadline leaves it where it is.
void AsioLoop::arm() {
  armed_for_ = timers_.earliest().value_or(MonotonicTime::never());
  if (armed_for_ == MonotonicTime::never()) return;
  asio_->timer.expires_at(std::chrono::steady_clock::time_point(armed_for_.since_start));
  asio_->timer.async_wait([this](const boost::system::error_code& error) {
    if (error) return;  // moved to an earlier time
    run_due_timers();
    finish_event();
  });
}

void AsioLoop::run_due_timers() {
  armed_for_ = MonotonicTime{Duration::min()};  // no arming while they run: once at the end is enough
  const MonotonicTime fired = now();
  while (!stopped_.load(std::memory_order_relaxed)) {
    auto job = timers_.take_due(fired);
    if (!job) break;
    telemetry::current_span = {};
    (*job)();
  }
  arm();
}

void AsioLoop::run() {
  Scope scope(this);
  auto keep_running = boost::asio::make_work_guard(asio_->context);
  boost::asio::post(asio_->context, [this] { finish_event(); });
  asio_->context.run();
}

void AsioLoop::stop() {
  stopped_ = true;
  asio_->context.stop();
}

}  // namespace garage::env::posix
