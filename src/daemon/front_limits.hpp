// How many connections the fronts may hold, by how many files this process may have open.
#pragma once

#include <cstddef>
#include <cstdint>

namespace garage::daemon {

struct FrontLimits {
  size_t connections_max = 20'000;
  size_t connections_per_address_max = 10'000;
};

// For one of `servers` that share the process: whoever holds idle connections must not take the descriptors that
// volumes, the metadata store and other nodes need. No single address takes all of them.
FrontLimits front_limits(uint64_t open_files_max, size_t servers);

}  // namespace garage::daemon
