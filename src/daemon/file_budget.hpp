// Who may have how many files open, of those that this process may have: so that whoever holds idle connections does
// not take the descriptors that volumes, the metadata store and other nodes need.
//
// All shares together are no more than there is: half of it, and no more than they want, is for what a node needs for
// itself and for other nodes; the fronts have the rest.
#pragma once

#include <cstddef>
#include <cstdint>

namespace garage::daemon {

struct FrontLimits {
  size_t connections_max = 20'000;
  size_t connections_per_address_max = 10'000;
};

struct FileBudget {
  size_t volumes = 2048;            // of the data directories, kept open
  size_t tables = 1000;             // of the metadata store
  size_t peer_connections = 4096;   // that others have dialled
  size_t admin_connections = 1000;  // of the HTTP API
  size_t others = 512;              // listeners, logs, loops, and what this node dials
  FrontLimits front;                // for one of the servers that share the process; no single address takes all

  // What is not the fronts'.
  size_t own() const { return volumes + tables + peer_connections + admin_connections + others; }
};

// `servers`: of the fronts.
FileBudget file_budget(uint64_t open_files_max, size_t servers);

}  // namespace garage::daemon
