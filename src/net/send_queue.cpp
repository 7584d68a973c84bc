#include "net/send_queue.hpp"

#include <algorithm>
#include <utility>

namespace garage::net {

bool SendQueue::take_free_line() {
  return !std::exchange(led_, true);
}

void SendQueue::enqueue(Parcel& parcel, std::coroutine_handle<> waiter) {
  parcel.waiter = waiter;
  waiting_[std::min<size_t>(parcel.priority, kClasses - 1)].push_back(&parcel);
}

std::vector<SendQueue::Parcel*> SendQueue::companions(const Parcel& lead, size_t bytes_max) {
  std::vector<Parcel*> out;
  size_t bytes = lead.bytes;
  for (auto& line : waiting_) {
    while (!line.empty()) {
      if (bytes + line.front()->bytes > bytes_max) return out;
      bytes += line.front()->bytes;
      out.push_back(line.front());
      line.pop_front();
    }
  }
  return out;
}

void SendQueue::done(const std::vector<Parcel*>& companions, const Result<void>& outcome) {
  runtime::Loop& loop = *runtime::Loop::current();
  for (Parcel* parcel : companions) {
    parcel->outcome = outcome;
    loop.post([waiter = parcel->waiter] { waiter.resume(); });
  }
  const auto waits = [](const auto& line) { return !line.empty(); };
  auto next = std::ranges::find_if(waiting_, waits);
  if (next == waiting_.end()) {
    led_ = false;
    return;
  }
  if (++handovers_ % kFairnessInterval == 0) {
    while (std::any_of(next + 1, waiting_.end(), waits)) next = std::find_if(next + 1, waiting_.end(), waits);
  }
  Parcel* lead = next->front();
  next->pop_front();
  loop.post([waiter = lead->waiter] { waiter.resume(); });
}

}  // namespace garage::net
