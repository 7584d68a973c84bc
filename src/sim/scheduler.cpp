#include "sim/scheduler.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "base/assert.hpp"

namespace garage::sim {
namespace {

// More events than this without a nanosecond passing: something feeds itself.
constexpr uint64_t kEventsPerInstantMax = 10'000'000;
constexpr unsigned kSlotBits = 24;

}  // namespace

void Scheduler::push(Entry entry) {
  heap_.push_back(entry);
  std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
}

Scheduler::Entry Scheduler::pop() {
  std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
  const Entry entry = heap_.back();
  heap_.pop_back();
  return entry;
}

Scheduler::EventId Scheduler::at(Duration time, EventOwner* owner, runtime::Job job) {
  uint32_t slot;
  if (free_slots_.empty()) {
    slot = static_cast<uint32_t>(slots_.size());
    ASSERT(slot < (1u << kSlotBits), "a bounded number of events waits");
    slots_.emplace_back();
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
  }
  const EventId id = (++order_ << kSlotBits) | slot;
  slots_[slot] = Slot{id, owner, std::move(job)};
  push(Entry{std::max(time, now_), order_, slot, id});
  return id;
}

void Scheduler::cancel(EventId id) {
  const uint32_t slot = static_cast<uint32_t>(id & ((1u << kSlotBits) - 1));
  if (slot >= slots_.size() || slots_[slot].id != id) return;
  // The heap keeps an entry that no longer matches; step() skips it. The job dies last: its destructor may come back
  // here.
  const Slot cancelled = std::exchange(slots_[slot], Slot{});
  free_slots_.push_back(slot);
}

bool Scheduler::step(Duration limit) {
  while (!heap_.empty() && heap_.front().time <= limit) {
    Entry entry = pop();
    if (slots_[entry.slot].id != entry.id) continue;  // cancelled
    EventOwner* owner = slots_[entry.slot].owner;
    if (owner && owner->alive() && owner->paused_until() > entry.time) {
      entry.time = owner->paused_until();
      entry.order = ++order_;
      push(entry);
      continue;
    }
    Slot slot = std::exchange(slots_[entry.slot], Slot{});
    free_slots_.push_back(entry.slot);
    now_ = entry.time;
    if (owner && !owner->alive()) {
      owner->bury(std::move(slot.job));
      continue;
    }
    events_this_instant_ = instant_ == now_ ? events_this_instant_ + 1 : 0;
    instant_ = now_;
    ASSERT(events_this_instant_ < kEventsPerInstantMax, "virtual time moves on");
    ++events_run_;
    trace(static_cast<uint64_t>(now_.count()));
    trace(owner ? owner->trace_tag() : 0);
    if (owner) {
      owner->run(std::move(slot.job));
    } else {
      runtime::Loop::Scope no_loop(nullptr);
      slot.job();
    }
    return true;
  }
  now_ = std::max(now_, limit);
  return false;
}

void Scheduler::bury_all() {
  heap_.clear();
  for (uint32_t i = 0; i < slots_.size(); ++i) {
    Slot slot = std::exchange(slots_[i], Slot{});
    if (slot.id == 0) continue;
    free_slots_.push_back(i);
    if (slot.owner) slot.owner->bury(std::move(slot.job));
  }
}

void Scheduler::trace(uint64_t number) {
  trace_hash_ = (trace_hash_ ^ number) * 0x9e3779b97f4a7c15u;
  trace_hash_ ^= trace_hash_ >> 29;
}

}  // namespace garage::sim
