#include "table/row_turns.hpp"

#include <optional>

#include "runtime/loop.hpp"

namespace garage::table {

Task<Result<RowTurns::Turn>> RowTurns::take(std::string key) {
  std::optional<runtime::Future<bool>> wait;
  {
    std::lock_guard lock(mutex_);
    const auto [line, mine] = waiting_.try_emplace(key);
    if (!mine) {
      if (line->second.size() >= kWaitingMax) {
        co_return fail(ErrorKind::kOverloaded, "too many changes of the same row wait for each other");
      }
      auto [promise, future] = runtime::make_future<bool>();
      line->second.push_back(std::move(promise));
      wait = std::move(future);
    }
  }
  if (!wait) co_return Turn(*this, std::move(key));
  runtime::Loop& loop = *runtime::Loop::current();
  const MonotonicTime patience_ends = loop.now() + kPatience;
  co_await std::move(*wait);
  Turn turn(*this, std::move(key));
  if (loop.now() > patience_ends) co_return fail(ErrorKind::kOverloaded, "changes of the same row take too long");
  co_return std::move(turn);
}

void RowTurns::leave(const std::string& key) {
  std::optional<runtime::Promise<bool>> next;
  {
    std::lock_guard lock(mutex_);
    const auto line = waiting_.find(key);
    if (line->second.empty()) {
      waiting_.erase(line);
    } else {
      next = std::move(line->second.front());
      line->second.pop_front();
    }
  }
  if (next) next->set(true);
}

}  // namespace garage::table
