// Where nodes that know nothing of each other look for each other: a directory that somebody else runs. Each node
// writes down where it is, reads where the others are, and takes its entry away when it stops. Who a found node really
// is, the mesh finds out by its key; an entry is only a hint.
//
// Threads: one loop; one call at a time. Errors are for people: they name the service and say what to do where that is
// known.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "runtime/task.hpp"

namespace garage::discovery {

struct Announcement {
  NodeId id;
  std::string hostname;
  std::string ip;  // a literal, without brackets
  uint16_t port = 0;
};

struct FoundNode {
  NodeId id;
  std::string address;  // "ip:port", "[ipv6]:port"
  friend auto operator<=>(const FoundNode&, const FoundNode&) = default;
};

struct Findings {
  std::vector<FoundNode> nodes;       // not this one; by id
  std::vector<std::string> unusable;  // entries that make no sense, and why; a few
};

class Discovery {
 public:
  virtual ~Discovery() = default;
  virtual std::string_view name() const = 0;  // "Kubernetes"

  // Writes this node's entry, or renews it.
  virtual Task<Result<void>> publish(Announcement self) = 0;
  virtual Task<Result<Findings>> look_up() = 0;
  // Removes this node's entry; ok where there is none.
  virtual Task<Result<void>> withdraw() = 0;
};

}  // namespace garage::discovery
