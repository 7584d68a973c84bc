#include "block/detached.hpp"

#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "runtime/future.hpp"

namespace garage::block {
namespace {

Task<void> tell_when_joined(runtime::TaskGroup& group, runtime::Promise<bool> promise) {
  co_await group.join();
  promise.set(true);
}

}  // namespace

void Detached::spawn(Task<void> task) {
  runtime::Loop* loop = runtime::Loop::current();
  ASSERT(loop, "tasks run on loops");
  runtime::TaskGroup* group = nullptr;
  {
    std::lock_guard lock(mutex_);
    auto& slot = groups_[loop];
    if (!slot) slot = std::make_unique<runtime::TaskGroup>();
    group = slot.get();
  }
  group->spawn(std::move(task));
}

Task<void> Detached::stop() {
  std::vector<runtime::Future<bool>> joined;
  {
    std::lock_guard lock(mutex_);
    for (auto& [loop, group] : groups_) {
      auto [promise, future] = runtime::make_future<bool>();
      joiners_.push_back(std::make_unique<runtime::TaskGroup>());
      // The joiner starts on the loop of its group, whose members it looks at.
      loop->post([joiner = joiners_.back().get(), members = group.get(), told = std::move(promise)]() mutable {
        joiner->spawn(tell_when_joined(*members, std::move(told)));
      });
      joined.push_back(std::move(future));
    }
  }
  for (auto& future : joined) co_await std::move(future);
}

}  // namespace garage::block
