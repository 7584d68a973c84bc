// Asking other nodes: what everything above net knows of the mesh of peers.
//
// Threads: any loop; the answer arrives on the loop that asked. Contract: answers, or an error, by the deadline. An
// error says nothing about whether the request was carried out. Asking this node itself runs its handler directly.
#pragma once

#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "runtime/task.hpp"

namespace garage::net {

// Which connection of a pair of nodes carries the question: block bytes never stand in front of rows.
enum class Lane : unsigned char { kControl = 0, kBlocks = 1 };

// 0 is served first.
enum class Priority : unsigned char { kHigh = 0, kNormal = 1, kBackground = 2 };

struct CallOptions {
  MonotonicTime deadline;
  Lane lane = Lane::kControl;
  Priority priority = Priority::kNormal;
};

class Caller {
 public:
  virtual ~Caller() = default;
  // kUnavailable: there is no connection to the node (at once, without waiting for the deadline). kTimeout. Else what
  // the node answered.
  virtual Task<Result<std::string>> call(NodeId node, std::string operation, std::string payload,
                                         CallOptions options) = 0;
  // The same nodes, those expected to answer soonest first: this node, then by service time, suspected and unreachable
  // ones last.
  virtual std::vector<NodeId> nearest_first(std::vector<NodeId> nodes) const = 0;
  // Connected, and heard of lately.
  virtual bool is_up(const NodeId& node) const = 0;
};

}  // namespace garage::net
