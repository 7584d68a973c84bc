// How a coordinator reaches the replicas of other nodes.
#pragma once

#include <memory>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "runtime/task.hpp"
#include "table/messages.hpp"

namespace garage::table {

// Threads: any loop. Contract: answers (or an error: kTimeout, kUnavailable...) by the deadline of the calling loop. An
// error says nothing about whether the request was carried out; it may even be carried out later, or twice.
class Peers {
 public:
  virtual ~Peers() = default;
  virtual Task<Result<Reply>> call(NodeId node, std::shared_ptr<const Request> request, MonotonicTime deadline) = 0;
  // The same nodes, those expected to answer soonest first.
  virtual std::vector<NodeId> nearest_first(std::vector<NodeId> nodes) const { return nodes; }
};

}  // namespace garage::table
