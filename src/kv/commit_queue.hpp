// The one place where rows change. Requests hand in Changes; the queue takes all that wait, reads the rows they name in
// one go, applies them in order, writes everything in one batch, syncs once, and answers all. While one batch syncs the
// next one gathers.
//
// So a check-and-write needs no lock: apply() sees every earlier change, also of its own batch, and no other writer
// exists.
//
// Ownership: the program owns the queue; it borrows the store and the pool. stop() before the store goes.
// Threads:   commit() from any loop; apply() runs on the queue's own thread of work, one change at a time.
// Order:     changes handed in by one loop are applied in that order.
// Crash:     a change whose commit() returned ok is on the device (kRelaxed: in the operating system's hands).
// Bound:     `bytes_max` of unanswered changes (Change::bytes()); beyond it commit() answers kOverloaded at once.
// Errors:    a failed write (disk full) fails every change of the batch with that error and leaves the rows as they
//            were. Every change: one that was refused may have looked at a neighbour's row that was never written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "kv/store.hpp"
#include "runtime/future.hpp"
#include "runtime/pool.hpp"
#include "runtime/task.hpp"

namespace garage::kv {

// The rows as they are after all earlier changes; what the running change has put itself is not among them.
class View {
 public:
  virtual ~View() = default;
  // Fast for keys named by Change::reads(); others are read from the store. The view is valid until the next put or
  // remove.
  virtual Result<std::optional<std::string_view>> get(Family family, std::string_view key) = 0;
  // The first key >= `from` and < `until` (empty: no end), earlier changes included, if any. Slower than get().
  virtual Result<std::optional<std::string>> first_key(Family family, std::string_view from,
                                                       std::string_view until) = 0;
};

// One atomic check-and-write. Owned by the caller of commit() through the shared pointer; results are members of the
// subclass, read after commit() returned.
class Change {
 public:
  virtual ~Change() = default;
  // The rows apply() will look at, for the common MultiGet. Missing some is only slower.
  virtual void reads(std::vector<Key>& out) const = 0;
  // Looks at rows and adds to the (empty) batch. On an error nothing of this change is written, and commit() returns
  // the error. Deterministic: no clock, no randomness, no waiting.
  virtual Result<void> apply(View& view, Batch& batch) = 0;
  // Runs on the queue's thread once the batch is durable and visible, before anybody is answered, in the order of
  // apply(). For copies in memory; quick, and no waiting.
  virtual void committed() {}
  virtual size_t bytes() const { return 256; }
  // Does a client add something with it? Bodies, and references to them, are seen without that.
  virtual bool adds() const { return false; }
  // Does it make others agree on what one of them has already? Then it may use half of the room that is kept for
  // deleting: without it there would be rows that can be neither read nor listed.
  virtual bool settles() const { return false; }
};

struct CommitOptions {
  Durability durability = Durability::kSynced;
  size_t bytes_max = 64u << 20;     // unanswered changes
  size_t batch_changes_max = 1024;  // a batch is cut here
  size_t batch_bytes_max = 8u << 20;
  // If set, told the size of each batch written, on the queue's thread. For RelaxedSyncer.
  std::function<void(uint64_t bytes)> wrote;
};

struct CommitStats {
  uint64_t batches = 0;   // written; changes that write nothing make none
  uint64_t changes = 0;   // answered
  uint64_t failures = 0;  // of those, because the store could not be read or written; not those that said no themselves
};

// While the store is short of space, changes that add something (adds(), and all that bring bodies or references to
// them) get kNoSpace, unless they settle and there is room for that; all others go on.
class CommitQueue {
 public:
  // `pool` runs the batches, one at a time: a thread of its own in the real world.
  CommitQueue(Store& store, runtime::Pool& pool, CommitOptions options);
  ~CommitQueue();
  CommitQueue(const CommitQueue&) = delete;

  // Returns after the change is durable (or failed). `change` must not be touched meanwhile.
  Task<Result<void>> commit(std::shared_ptr<Change> change);
  // For start-up code, before loops run: the same, blocking, on the calling thread. Not from inside apply() or
  // committed().
  Result<void> commit_now(Change& change);
  // Waits for what was handed in; later commits answer kClosed.
  Task<void> stop();
  CommitStats stats() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace garage::kv
