#include "daemon/file_budget.hpp"

#include <algorithm>

namespace garage::daemon {
namespace {

// Where there is too little for all, that is said at the start; a front that serves nobody would be worse.
constexpr uint64_t kConnectionsMin = 16;
constexpr uint64_t kConnectionsMax = 20'000;

}  // namespace

FileBudget file_budget(uint64_t open_files_max, size_t servers) {
  FileBudget out;
  const uint64_t wanted = out.own();
  const uint64_t own = std::min(open_files_max / 2, wanted);
  const auto share = [&](size_t& files) {
    files = std::max<size_t>(kConnectionsMin, static_cast<size_t>(files * own / wanted));
  };
  for (size_t* files : {&out.volumes, &out.tables, &out.peer_connections, &out.admin_connections, &out.others})
    share(*files);
  const uint64_t left = open_files_max - std::min<uint64_t>(open_files_max, out.own());
  const uint64_t each = std::clamp(left / std::max<size_t>(servers, 1), kConnectionsMin, kConnectionsMax);
  out.front.connections_max = static_cast<size_t>(each);
  out.front.connections_per_address_max = out.front.connections_max / 2;
  return out;
}

}  // namespace garage::daemon
