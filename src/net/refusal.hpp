// What a failed call says of the node that was asked, and whom to leave alone for a while: for duties that go on by
// themselves and would ask again and again.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "runtime/loop.hpp"

namespace garage::net {

enum class Refusal : unsigned char {
  kOfRequest,  // it may take others
  kAway,       // it cannot be asked now
  kFull,       // it takes only what needs no room
  kBroken,     // it takes nothing until somebody has looked after it
};

inline Refusal refusal_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kUnavailable:
    case ErrorKind::kTimeout:
    case ErrorKind::kClosed:
    case ErrorKind::kOverloaded:
      return Refusal::kAway;
    case ErrorKind::kNoSpace:
      return Refusal::kFull;
    case ErrorKind::kIo:
      return Refusal::kBroken;
    default:
      return Refusal::kOfRequest;
  }
}

// What one visit to a node has met, while it is told one thing after the other.
class Reception {
 public:
  void note(Refusal refusal) {
    if (refusal == Refusal::kBroken) ++broken_;
    is_full_ = is_full_ || refusal == Refusal::kFull;
    has_ended_ = has_ended_ || refusal == Refusal::kAway || is_broken();
  }
  void end() { has_ended_ = true; }

  // Nothing more can be told now.
  bool has_ended() const { return has_ended_; }
  // Only what needs no room is taken.
  bool is_full() const { return is_full_; }
  // It would refuse the same again for some time.
  bool wants_rest() const { return is_full_ || is_broken(); }

 private:
  static constexpr size_t kBrokenMax = 8;  // I/O errors: it is not one bad place on the disk
  bool is_broken() const { return broken_ >= kBrokenMax; }

  size_t broken_ = 0;
  bool has_ended_ = false, is_full_ = false;
};

// Nodes that are left alone for a while. For one loop.
class RestingNodes {
 public:
  void rest(const NodeId& node) { until_[node] = runtime::Loop::current()->now() + kRest; }
  bool rests(const NodeId& node) {
    const auto found = until_.find(node);
    if (found == until_.end()) return false;
    if (runtime::Loop::current()->now() < found->second) return true;
    until_.erase(found);
    return false;
  }

 private:
  static constexpr Duration kRest = std::chrono::seconds(60);

  std::map<NodeId, MonotonicTime> until_;
};

}  // namespace garage::net
