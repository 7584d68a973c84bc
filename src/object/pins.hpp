// Which owners of bytes are being read right now, so that the collector leaves them alone until the last reader is
// done.
//
// Threads: any.
#pragma once

#include <mutex>
#include <unordered_map>
#include <utility>

#include "base/ids.hpp"

namespace garage::object {

class Pins {
 public:
  // Holds one owner while it lives. The Pins outlive it.
  class Pin {
   public:
    Pin() = default;
    Pin(Pins* pins, const Uuid& owner) : pins_(pins), owner_(owner) {}
    Pin(Pin&& other) noexcept : pins_(std::exchange(other.pins_, nullptr)), owner_(other.owner_) {}
    Pin& operator=(Pin&& other) noexcept {
      std::swap(pins_, other.pins_);
      std::swap(owner_, other.owner_);
      return *this;
    }
    ~Pin() {
      if (pins_ != nullptr) pins_->release(owner_);
    }

   private:
    Pins* pins_ = nullptr;
    Uuid owner_;
  };

  Pin pin(const Uuid& owner) {
    std::lock_guard lock(mutex_);
    ++readers_[owner];
    return Pin(this, owner);
  }
  bool pinned(const Uuid& owner) const {
    std::lock_guard lock(mutex_);
    return readers_.contains(owner);
  }

 private:
  void release(const Uuid& owner) {
    std::lock_guard lock(mutex_);
    if (auto it = readers_.find(owner); --it->second == 0) readers_.erase(it);
  }

  mutable std::mutex mutex_;
  std::unordered_map<Uuid, size_t, FixedBytesHash> readers_;
};

}  // namespace garage::object
