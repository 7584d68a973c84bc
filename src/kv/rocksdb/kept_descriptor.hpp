// A descriptor that is held so that one file can be opened when all others are taken.
//
// RocksDB may fail to begin a table, and go on later. That it cannot begin a log is an end without return for it; so
// one descriptor is kept for that. Whoever else wants one may be faster than who gave it up: then it is tried again,
// for a short while.
//
// Threads: one at a time.
#pragma once

#include <functional>
#include <string>

#include "base/result.hpp"

namespace garage::kv {

class KeptDescriptor {
 public:
  KeptDescriptor() = default;
  ~KeptDescriptor() { release(); }
  KeptDescriptor(const KeptDescriptor&) = delete;

  // Takes it, or has it. kOverloaded: there is none to be had.
  Result<void> keep();
  // Until `open` says that it did not fail for want of a descriptor; with ours, if need be, and at most for a second.
  void spend_on(const std::function<bool()>& open);

 private:
  void release();

  int descriptor_ = -1;
};

}  // namespace garage::kv
