// The timers of one loop: a heap by time, so that adding and cancelling cost O(log n) and no system call.
//
// Timers of the same time come in the order they were added. Ids are not reused while a caller could still hold one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.hpp"
#include "runtime/loop.hpp"

namespace garage::env::posix {

class TimerHeap {
 public:
  ~TimerHeap();

  runtime::TimerId add(MonotonicTime at, runtime::Job job);
  // Does nothing if the timer has been taken or cancelled.
  void cancel(runtime::TimerId timer);
  // Takes the earliest timer out if its time has come.
  std::optional<runtime::Job> take_due(MonotonicTime now);
  std::optional<MonotonicTime> earliest() const;
  size_t size() const { return heap_.size(); }

 private:
  struct Entry {
    MonotonicTime at;
    uint64_t order;  // of adding
    uint32_t slot;
  };
  // Where a timer's id leads to; a free slot counts its generation up, so that old ids lead nowhere.
  struct Slot {
    runtime::Job job;
    uint32_t generation = 0;
    uint32_t place = 0;  // in heap_
  };

  static bool before(const Entry& a, const Entry& b);
  void put(size_t place, const Entry& entry);
  void rise(size_t place);
  void sink(size_t place);
  runtime::Job take(size_t place);

  std::vector<Entry> heap_;
  std::vector<Slot> slots_;
  std::vector<uint32_t> free_slots_;
  uint64_t last_order_ = 0;
};

}  // namespace garage::env::posix
