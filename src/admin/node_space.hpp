// How full this node's disks are. Private to this module.
#pragma once

#include <optional>

#include "admin/context.hpp"
#include "env/disk.hpp"
#include "runtime/task.hpp"

namespace garage::admin {

struct NodeSpace {
  std::optional<env::Space> data;  // of all directories that are written to; nothing where it cannot be told
  std::optional<env::Space> metadata;
};

// Blocks; not on a loop.
NodeSpace measure_space_now(env::Disk& disk, const NodeFacts& facts);
Task<NodeSpace> measure_space(Context& context);

}  // namespace garage::admin
