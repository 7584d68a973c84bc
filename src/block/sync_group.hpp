// Shares the syncs of one file: one running sync serves all who came before it began; who comes later gathers for the
// next.
//
// Ownership: a shared_ptr of the volume; a running sync keeps it and the file alive.
// Threads:   any.
// Errors:    after a failed sync the state of the unsynced bytes is unknown, for good: all who wait and all who come
// get that error.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "env/disk.hpp"
#include "runtime/future.hpp"
#include "runtime/pool.hpp"

namespace garage::block {

class SyncGroup : public std::enable_shared_from_this<SyncGroup> {
 public:
  using Waiter = runtime::Promise<Result<void>>;
  using Wait = runtime::Future<Result<void>>;

  // A write has returned; its number.
  uint64_t note_write();
  // Is that write on the device?
  bool covers(uint64_t number) const;
  bool dirty() const;
  // Set once a sync failed, or fail() was called.
  std::optional<Error> failure() const;
  void fail(Error error);

  // Done when all writes noted before the call are on the device.
  Wait sync(runtime::Pool& pool, std::shared_ptr<env::File> file);

 private:
  void start(runtime::Pool& pool, std::shared_ptr<env::File> file);
  void finish(runtime::Pool& pool, std::shared_ptr<env::File> file, Result<void> result);

  mutable std::mutex mutex_;  // guards everything below
  uint64_t written_ = 0;
  uint64_t synced_ = 0;
  bool running_ = false;
  uint64_t running_covers_ = 0;
  std::vector<Waiter> served_;  // by the running sync
  std::vector<Waiter> next_;
  std::optional<Error> failure_;
};

}  // namespace garage::block
