#include "kv/relaxed_syncer.hpp"

#include <mutex>
#include <optional>
#include <utility>

#include "base/log.hpp"
#include "runtime/task_group.hpp"

namespace garage::kv {

struct RelaxedSyncer::State {
  Store& store;
  runtime::Loop& loop;
  runtime::Pool& pool;
  const RelaxedSyncOptions options;

  std::mutex mutex;  // guards what follows, up to the blank line
  uint64_t unsynced_bytes = 0;
  bool armed = false;   // somebody will sync: a timer, or a job on its way to set one
  bool urgent = false;  // a job is on its way to sync at once
  Stats stats;

  std::optional<runtime::TimerId> timer;  // what follows belongs to the loop
  bool syncing = false;
  bool stopped = false;
  runtime::TaskGroup work;

  State(Store& store_in, runtime::Loop& loop_in, runtime::Pool& pool_in, RelaxedSyncOptions options_in)
      : store(store_in), loop(loop_in), pool(pool_in), options(options_in) {}

  void wrote(const std::shared_ptr<State>& self, uint64_t bytes);
  void set_timer(const std::shared_ptr<State>& self);
  void start(const std::shared_ptr<State>& self);
  static Task<void> sync_once(std::shared_ptr<State> self);
  Task<Result<void>> sync();
};

void RelaxedSyncer::State::wrote(const std::shared_ptr<State>& self, uint64_t bytes) {
  bool arm = false;
  bool hurry = false;
  {
    std::lock_guard lock(mutex);
    unsynced_bytes += bytes;
    arm = !std::exchange(armed, true);
    hurry = unsynced_bytes >= options.bytes_max && !std::exchange(urgent, true);
  }
  if (hurry) {
    loop.post([self] { self->start(self); });
  } else if (arm) {
    loop.post([self] { self->set_timer(self); });
  }
}

void RelaxedSyncer::State::set_timer(const std::shared_ptr<State>& self) {
  if (stopped || timer || syncing) return;
  timer = loop.call_after(options.interval, [self] {
    self->timer.reset();
    self->start(self);
  });
}

void RelaxedSyncer::State::start(const std::shared_ptr<State>& self) {
  if (stopped || syncing) return;
  if (timer) loop.cancel(*std::exchange(timer, std::nullopt));
  syncing = true;
  work.spawn(sync_once(self));
}

Task<void> RelaxedSyncer::State::sync_once(std::shared_ptr<State> self) {
  const Result<void> synced = co_await self->sync();
  self->syncing = false;
  bool again = false;
  bool at_once = false;
  {
    std::lock_guard lock(self->mutex);
    again = self->armed = self->unsynced_bytes > 0;
    at_once = synced && self->unsynced_bytes >= self->options.bytes_max;
    self->urgent = at_once || !synced;  // after a failure the timer decides, not the next write
  }
  if (at_once) {
    self->start(self);
  } else if (again) {
    self->set_timer(self);
  }
}

Task<Result<void>> RelaxedSyncer::State::sync() {
  uint64_t covered = 0;
  {
    std::lock_guard lock(mutex);
    covered = unsynced_bytes;
  }
  Store& target = store;
  Result<void> synced = co_await runtime::run_on(pool, [&target] { return target.sync(); });
  if (!synced) LOG_ERROR("kv", "metadata could not be synced, will try again: {}", synced.error().message);
  std::lock_guard lock(mutex);
  if (synced) unsynced_bytes -= covered;
  ++(synced ? stats.syncs : stats.failures);
  co_return synced;
}

RelaxedSyncer::RelaxedSyncer(Store& store, runtime::Loop& loop, runtime::Pool& pool, RelaxedSyncOptions options)
    : state_(std::make_shared<State>(store, loop, pool, options)) {}

RelaxedSyncer::~RelaxedSyncer() = default;

void RelaxedSyncer::wrote(uint64_t bytes) {
  state_->wrote(state_, bytes);
}

Task<Result<void>> RelaxedSyncer::stop() {
  auto state = state_;
  state->stopped = true;
  if (state->timer) state->loop.cancel(*std::exchange(state->timer, std::nullopt));
  co_await state->work.join();
  co_return co_await state->sync();
}

RelaxedSyncer::Stats RelaxedSyncer::stats() const {
  std::lock_guard lock(state_->mutex);
  Stats stats = state_->stats;
  stats.unsynced_bytes = state_->unsynced_bytes;
  return stats;
}

}  // namespace garage::kv
