// Brings a relaxed store's writes to the device: once a second while there are any, and at once when 16 MiB have
// gathered. An idle node wakes nobody.
//
// Ownership: the program owns it, beside the store and the queue (CommitOptions::wrote calls wrote()); stop() after the
// queue's. Threads:   wrote() from any; everything else on `loop`. Errors:    a failed sync is logged and counted, and
// tried again a second later.
#pragma once

#include <cstdint>
#include <memory>

#include "base/time.hpp"
#include "kv/store.hpp"
#include "runtime/loop.hpp"
#include "runtime/pool.hpp"
#include "runtime/task.hpp"

namespace garage::kv {

struct RelaxedSyncOptions {
  Duration interval = 1s;
  uint64_t bytes_max = 16u << 20;
};

class RelaxedSyncer {
 public:
  struct Stats {
    uint64_t syncs = 0;
    uint64_t failures = 0;
    uint64_t unsynced_bytes = 0;
  };

  // `pool` is where the sync waits for the device.
  RelaxedSyncer(Store& store, runtime::Loop& loop, runtime::Pool& pool, RelaxedSyncOptions options);
  ~RelaxedSyncer();
  RelaxedSyncer(const RelaxedSyncer&) = delete;

  void wrote(uint64_t bytes);
  // One last sync, so that a clean stop loses nothing.
  Task<Result<void>> stop();
  Stats stats() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace garage::kv
