#include "admin/node_space.hpp"

#include <set>

#include "runtime/pool.hpp"

namespace garage::admin {

NodeSpace measure_space_now(env::Disk& disk, const NodeFacts& facts) {
  NodeSpace out;
  if (auto space = disk.space(facts.metadata_dir)) out.metadata = *space;
  std::set<uint64_t> seen;
  for (const auto& directory : facts.data_dirs) {
    const auto space = disk.space(directory);
    if (!space) continue;
    // Directories on one file system share its space, which counts once.
    if (!seen.insert(space->device).second) continue;
    if (!out.data) out.data = env::Space{};
    out.data->total_bytes += space->total_bytes;
    out.data->available_bytes += space->available_bytes;
  }
  return out;
}

Task<NodeSpace> measure_space(Context& context) {
  co_return co_await runtime::run_on(context.env.pools.disk,
                                     [&context] { return measure_space_now(context.env.disk, context.facts); });
}

}  // namespace garage::admin
