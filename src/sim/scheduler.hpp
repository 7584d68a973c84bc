// Virtual time and the queue of what happens next: events ordered by (time, order of asking), run one after another on
// one thread.
//
// An event belongs to an owner (a node's loop) or to the world itself. Events of a dead owner are handed back to it
// unrun, those of a paused one wait for the end of the pause. Threads: one.
#pragma once

#include <cstdint>
#include <vector>

#include "base/time.hpp"
#include "runtime/loop.hpp"

namespace garage::sim {

class EventOwner {
 public:
  virtual ~EventOwner() = default;
  virtual bool alive() const = 0;
  virtual Duration paused_until() const = 0;
  virtual uint64_t trace_tag() const = 0;
  virtual void run(runtime::Job job) = 0;
  // Keeps the job without running it.
  virtual void bury(runtime::Job job) = 0;
};

class Scheduler {
 public:
  using EventId = uint64_t;  // never 0

  // Since the beginning of the world.
  Duration now() const { return now_; }

  // `owner` nullptr: an event of the world. A time in the past means now.
  EventId at(Duration time, EventOwner* owner, runtime::Job job);
  void cancel(EventId id);

  // Runs the next event if it is due by `limit`. Otherwise moves the time to `limit` and returns false.
  bool step(Duration limit);

  // Hands every event to its owner unrun and drops the world's own.
  void bury_all();

  uint64_t events_run() const { return events_run_; }
  // Depends on the time, order and owner of every event run so far.
  uint64_t trace_hash() const { return trace_hash_; }
  // Mixes something of a scenario's own into the trace.
  void trace(uint64_t number);

 private:
  struct Slot {
    EventId id = 0;
    EventOwner* owner = nullptr;
    runtime::Job job;
  };
  struct Entry {
    Duration time;
    uint64_t order;
    uint32_t slot;
    EventId id;
    bool operator>(const Entry& other) const { return time != other.time ? time > other.time : order > other.order; }
  };
  void push(Entry entry);
  Entry pop();

  Duration now_{0};
  Duration instant_{-1};
  uint64_t events_this_instant_ = 0;
  uint64_t order_ = 0;
  uint64_t events_run_ = 0;
  uint64_t trace_hash_ = 0;
  std::vector<Entry> heap_;
  std::vector<Slot> slots_;
  std::vector<uint32_t> free_slots_;
};

}  // namespace garage::sim
