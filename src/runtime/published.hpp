// What one makes now and then as a whole, and any thread reads at any time: a picture of the settings, of the layout,
// of the peers.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace garage::runtime {

// Threads: all. The lock is held for as long as a pointer is copied; what was there before is destroyed after it.
// Not std::atomic<std::shared_ptr>: the one of libstdc++ 12 gives its own lock back without release order after a load,
// so that on a processor that may reorder (arm64) the next store can overtake the copying.
template <typename T>
class Published {
 public:
  using Pointer = std::shared_ptr<const T>;

  explicit Published(Pointer first) : current_(std::move(first)) {}

  Pointer load() const {
    const std::lock_guard lock(mutex_);
    return current_;
  }

  // Readers that have the one before keep it.
  void store(Pointer next) {
    const std::lock_guard lock(mutex_);
    current_.swap(next);
  }

 private:
  mutable std::mutex mutex_;
  Pointer current_;
};

}  // namespace garage::runtime
