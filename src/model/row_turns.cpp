#include "model/row_turns.hpp"

#include <optional>

namespace garage::model {

Task<Result<RowTurns::Turn>> RowTurns::take(std::string key) {
  std::optional<runtime::Future<bool>> wait;
  {
    std::lock_guard lock(mutex_);
    const auto [line, mine] = waiting_.try_emplace(key);
    if (!mine) {
      if (line->second.size() >= kWaitingMax) {
        co_return fail(ErrorKind::kOverloaded, "too many changes of the same settings wait for each other");
      }
      auto [promise, future] = runtime::make_future<bool>();
      line->second.push_back(std::move(promise));
      wait = std::move(future);
    }
  }
  if (wait) co_await std::move(*wait);
  co_return Turn(*this, std::move(key));
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

}  // namespace garage::model
