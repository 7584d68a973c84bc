#include "model/asked_rows.hpp"

#include <algorithm>
#include <utility>

namespace garage::model {

AskedRows::Turn AskedRows::turn_for(const std::string& key, MonotonicTime came_up, MonotonicTime asked_after) {
  std::lock_guard lock(mutex_);
  if (rows_.size() >= kRememberedMax && !rows_.contains(key)) forget_some();
  Asked& asked = rows_[key];
  if (asked.answer && asked.at > (*asked.answer ? asked_after : came_up)) return {asked.answer, {}};
  if (asked.asking) {
    auto [promise, future] = runtime::make_future<bool>();
    asked.waiting.push_back(std::move(promise));
    return {{}, std::move(future)};
  }
  asked.asking = true;
  return {};
}

void AskedRows::answered(const std::string& key, MonotonicTime at, Answer answer) {
  std::vector<runtime::Promise<bool>> waiting;
  {
    std::lock_guard lock(mutex_);
    Asked& asked = rows_[key];
    waiting = std::exchange(asked.waiting, {});
    asked = {.asking = false, .answer = std::move(answer), .at = at, .waiting = {}};
  }
  for (auto& promise : waiting) promise.set(true);
}

// All but those under way: whoever asks again is told again.
void AskedRows::forget_some() {
  std::erase_if(rows_, [](const auto& one) { return !one.second.asking; });
}

}  // namespace garage::model
