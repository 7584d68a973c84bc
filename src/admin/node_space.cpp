#include "admin/node_space.hpp"

#include <algorithm>
#include <vector>

#include "runtime/pool.hpp"

namespace garage::admin {
namespace {

NodeSpace measure(env::Disk& disk, const NodeFacts& facts) {
  NodeSpace out;
  if (auto space = disk.space(facts.metadata_dir)) out.metadata = *space;
  std::vector<env::Space> seen;
  for (const auto& directory : facts.data_dirs) {
    const auto space = disk.space(directory);
    if (!space) continue;
    // Directories on one file system show the same numbers, and count once.
    const bool again = std::ranges::any_of(seen, [&](const env::Space& other) {
      return other.total_bytes == space->total_bytes && other.available_bytes == space->available_bytes;
    });
    if (again) continue;
    seen.push_back(*space);
    if (!out.data) out.data = env::Space{};
    out.data->total_bytes += space->total_bytes;
    out.data->available_bytes += space->available_bytes;
  }
  return out;
}

}  // namespace

Task<NodeSpace> measure_space(Context& context) {
  co_return co_await runtime::run_on(context.env.pools.disk,
                                     [&context] { return measure(context.env.disk, context.facts); });
}

}  // namespace garage::admin
