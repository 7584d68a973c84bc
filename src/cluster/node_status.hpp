// What a node tells its peers about itself, every few seconds.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
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
};

class StatusSource {
 public:
  virtual ~StatusSource() = default;
  // On the mesh's loop, every few seconds.
  virtual Task<NodeReport> report() = 0;
};

}  // namespace garage::cluster
