#include "env/posix/timer_heap.hpp"

#include <utility>

namespace garage::env::posix {

using runtime::Job;
using runtime::TimerId;

// One by one: what a job owns may cancel further timers as it dies.
TimerHeap::~TimerHeap() {
  while (!heap_.empty()) take(heap_.size() - 1);
}

bool TimerHeap::before(const Entry& a, const Entry& b) {
  return a.at != b.at ? a.at < b.at : a.order < b.order;
}

TimerId TimerHeap::add(MonotonicTime at, Job job) {
  uint32_t slot;
  if (free_slots_.empty()) {
    slot = static_cast<uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
  }
  slots_[slot].job = std::move(job);
  heap_.push_back({at, ++last_order_, slot});
  slots_[slot].place = static_cast<uint32_t>(heap_.size() - 1);
  rise(heap_.size() - 1);
  return (TimerId{slots_[slot].generation} << 32) | (TimerId{slot} + 1);
}

void TimerHeap::cancel(TimerId timer) {
  const uint32_t slot = static_cast<uint32_t>(timer) - 1;
  if (slot >= slots_.size() || slots_[slot].generation != timer >> 32) return;
  const Job dropped = take(slots_[slot].place);
}

std::optional<Job> TimerHeap::take_due(MonotonicTime now) {
  if (heap_.empty() || heap_.front().at > now) return std::nullopt;
  return take(0);
}

std::optional<MonotonicTime> TimerHeap::earliest() const {
  if (heap_.empty()) return std::nullopt;
  return heap_.front().at;
}

void TimerHeap::put(size_t place, const Entry& entry) {
  heap_[place] = entry;
  slots_[entry.slot].place = static_cast<uint32_t>(place);
}

void TimerHeap::rise(size_t place) {
  const Entry entry = heap_[place];
  while (place > 0) {
    const size_t parent = (place - 1) / 2;
    if (!before(entry, heap_[parent])) break;
    put(place, heap_[parent]);
    place = parent;
  }
  put(place, entry);
}

void TimerHeap::sink(size_t place) {
  const Entry entry = heap_[place];
  for (;;) {
    size_t child = 2 * place + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && before(heap_[child + 1], heap_[child])) ++child;
    if (!before(heap_[child], entry)) break;
    put(place, heap_[child]);
    place = child;
  }
  put(place, entry);
}

Job TimerHeap::take(size_t place) {
  const uint32_t slot = heap_[place].slot;
  const Entry last = heap_.back();
  heap_.pop_back();
  if (place < heap_.size()) {
    put(place, last);
    rise(place);
    sink(slots_[last.slot].place);
  }
  ++slots_[slot].generation;
  free_slots_.push_back(slot);
  return std::exchange(slots_[slot].job, Job());
}

}  // namespace garage::env::posix
