// What a failed call says of the node that was asked, and whom to leave alone for a while: for duties that go on by
// themselves and would ask again and again.
#pragma once

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

// Nodes that are left alone until a time. For one loop.
class RestingNodes {
 public:
  void rest(const NodeId& node, Duration duration) { until_[node] = runtime::Loop::current()->now() + duration; }
  bool rests(const NodeId& node) {
    const auto found = until_.find(node);
    if (found == until_.end()) return false;
    if (runtime::Loop::current()->now() < found->second) return true;
    until_.erase(found);
    return false;
  }

 private:
  std::map<NodeId, MonotonicTime> until_;
};

}  // namespace garage::net
