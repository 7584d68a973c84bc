#include "runtime/background.hpp"

#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "runtime/future.hpp"

namespace garage::runtime {
namespace {

Task<void> tell_when_joined(TaskGroup& group, Promise<bool> promise) {
  co_await group.join();
  promise.set(true);
}

}  // namespace

void Background::spawn(Task<void> task) {
  Loop* loop = Loop::current();
  ASSERT(loop, "tasks run on loops");
  TaskGroup* group = nullptr;
  {
    std::lock_guard lock(mutex_);
    auto& slot = groups_[loop];
    if (!slot) slot = std::make_unique<TaskGroup>();
    group = slot.get();
  }
  group->spawn(std::move(task));
}

Task<void> Background::stop() {
  std::vector<Future<bool>> joined;
  {
    std::lock_guard lock(mutex_);
    for (auto& [loop, group] : groups_) {
      auto [promise, future] = make_future<bool>();
      joiners_.push_back(std::make_unique<TaskGroup>());
      // The joiner starts on the loop of its group, whose members it looks at.
      loop->post([joiner = joiners_.back().get(), members = group.get(), told = std::move(promise)]() mutable {
        joiner->spawn(tell_when_joined(*members, std::move(told)));
      });
      joined.push_back(std::move(future));
    }
  }
  for (auto& future : joined) co_await std::move(future);
}

}  // namespace garage::runtime
