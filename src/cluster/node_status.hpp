// What a node tells its peers about itself, every few seconds.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "env/disk.hpp"
#include "runtime/task.hpp"

namespace garage::cluster {

// The part that the program knows.
struct NodeReport {
  std::string hostname;
  std::string version;
  std::optional<env::Space> data;  // of all directories that are written to; nothing where it cannot be told
  std::optional<env::Space> metadata;
  std::optional<uint64_t> resync_queue;  // blocks that wait to be fetched
};

struct NodeStatus {
  NodeReport report;
  uint64_t clock_ms = 0;                         // its wall clock when it said so
  std::string address;                           // where it is reached, as it says; may be empty
  std::map<std::string, std::string> documents;  // name to digest
  std::string peers_digest;                      // of the ids it is connected to, itself included
  std::string cluster;                           // which one it belongs to; empty: none yet, or it does not say
};

// May documents and changes of them be taken from that node? Who belongs to no cluster yet takes none of one that it
// may never join: the document comes first that makes it a member.
inline bool is_of_cluster(const NodeStatus& status, std::string_view own) {
  return status.cluster.empty() || status.cluster == own;
}

class StatusSource {
 public:
  virtual ~StatusSource() = default;
  // On the mesh's loop, every few seconds.
  virtual Task<NodeReport> report() = 0;
};

}  // namespace garage::cluster
