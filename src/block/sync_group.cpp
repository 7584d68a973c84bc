#include "block/sync_group.hpp"

#include <utility>

namespace garage::block {

uint64_t SyncGroup::note_write() {
  std::lock_guard lock(mutex_);
  return ++written_;
}

bool SyncGroup::covers(uint64_t number) const {
  std::lock_guard lock(mutex_);
  return number <= synced_;
}

bool SyncGroup::dirty() const {
  std::lock_guard lock(mutex_);
  return synced_ < written_;
}

std::optional<Error> SyncGroup::failure() const {
  std::lock_guard lock(mutex_);
  return failure_;
}

void SyncGroup::fail(Error error) {
  std::lock_guard lock(mutex_);
  if (!failure_) failure_ = std::move(error);
}

SyncGroup::Wait SyncGroup::sync(runtime::Pool& pool, std::shared_ptr<env::File> file) {
  auto [promise, future] = runtime::make_future<Result<void>>();
  bool start_now = false;
  {
    std::lock_guard lock(mutex_);
    if (failure_) {
      promise.set(std::unexpected(*failure_));
    } else if (synced_ == written_) {
      promise.set({});
    } else if (running_ && running_covers_ < written_) {
      next_.push_back(std::move(promise));
    } else {
      served_.push_back(std::move(promise));
      start_now = !running_;
      if (start_now) {
        running_ = true;
        running_covers_ = written_;
      }
    }
  }
  if (start_now) start(pool, std::move(file));
  return std::move(future);
}

void SyncGroup::start(runtime::Pool& pool, std::shared_ptr<env::File> file) {
  pool.run([self = shared_from_this(), &pool, file = std::move(file)]() mutable {
    auto result = file->sync_data();
    self->finish(pool, std::move(file), std::move(result));
  });
}

void SyncGroup::finish(runtime::Pool& pool, std::shared_ptr<env::File> file, Result<void> result) {
  std::vector<Waiter> done;
  bool again = false;
  {
    std::lock_guard lock(mutex_);
    done = std::exchange(served_, {});
    if (result && failure_) result = std::unexpected(*failure_);  // a write failed meanwhile
    if (result) {
      synced_ = running_covers_;
      served_ = std::exchange(next_, {});
      again = !served_.empty();
    } else {
      failure_ = result.error();
      for (auto& waiter : std::exchange(next_, {})) done.push_back(std::move(waiter));
    }
    running_ = again;
    running_covers_ = written_;
  }
  // The next sync starts before anybody is answered: the device never idles while there is work.
  if (again) start(pool, std::move(file));
  for (auto& waiter : done) waiter.set(result);
}

}  // namespace garage::block
