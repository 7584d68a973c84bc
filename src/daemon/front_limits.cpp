#include "daemon/front_limits.hpp"

#include <algorithm>

namespace garage::daemon {
namespace {

constexpr uint64_t kFilesOfOurOwn = 4096;
// Where there is too little for all, that is said at the start; a front that serves nobody would be worse.
constexpr uint64_t kConnectionsMin = 256;
constexpr uint64_t kConnectionsMax = 20'000;

}  // namespace

FrontLimits front_limits(uint64_t open_files_max, size_t servers) {
  const uint64_t left = open_files_max - std::min(open_files_max / 2, kFilesOfOurOwn);
  const uint64_t each = std::clamp(left / std::max<size_t>(servers, 1), kConnectionsMin, kConnectionsMax);
  const auto connections = static_cast<size_t>(each);
  return {.connections_max = connections, .connections_per_address_max = connections / 2};
}

}  // namespace garage::daemon
