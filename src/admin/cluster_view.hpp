// What administrative operations know of the other nodes of the cluster, and how they reach them. The program puts its
// mesh of peers behind it.
//
// Threads: as operations. Ownership: borrowed; lives longer than every operation.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "env/disk.hpp"
#include "runtime/task.hpp"

namespace garage::admin {

// Another node. What it has not told yet is empty.
struct PeerFacts {
  NodeId id;
  std::string hostname = {};
  std::string address = {};  // of our connection, or where it was met last
  std::string version = {};
  bool up = false;
  std::optional<uint64_t> last_seen_secs_ago = {};  // only where it is not up; nothing: never since our start
  std::optional<env::Space> data = {};
  std::optional<env::Space> metadata = {};
  std::optional<uint64_t> resync_queue = {};
  bool refused = false;      // by it or by this node, lately: it is there, and wants to come
  std::string trouble = {};  // why it is not connected, or what else people should know
  bool is_bootstrap_peer = false;
};

class ClusterView {
 public:
  virtual ~ClusterView() = default;
  // By id, without this node.
  virtual std::vector<PeerFacts> peers() const = 0;
  // Do others refuse this node as one that was revoked? It may not have heard of it otherwise.
  virtual bool is_revoked() const { return false; }
  // How far the clocks of the cluster are ahead of this node's, by their median.
  virtual int64_t clock_offset_ms() const = 0;
  // "id@host:port". An error says why not.
  virtual Task<Result<void>> connect(std::string peer) = 0;
  // Carries out an operation on another node: request text in, reply text out (messages.hpp).
  virtual Task<Result<std::string>> ask(NodeId node, std::string operation, std::string request) = 0;
};

}  // namespace garage::admin
