#include "layout/history.hpp"

#include <fmt/format.h>

#include "crypto/digest.hpp"

namespace garage::layout {

uint64_t LayoutVersion::usable_bytes(const NodeId& node) const {
  const auto it = assignment.partitions.find(node);
  return it == assignment.partitions.end() ? 0 : it->second * assignment.partition_bytes;
}

std::map<NodeId, Role> roles_with_staged(const ClusterLayout& layout) {
  auto roles = layout.roles;
  for (const auto& [node, role] : layout.staged.roles) {
    if (role) {
      roles[node] = *role;
    } else {
      roles.erase(node);
    }
  }
  return roles;
}

Result<LayoutVersion> next_version(const ClusterLayout& layout) {
  if (layout.staged.empty()) return fail(ErrorKind::kInvalid, "There are no staged changes to apply");
  LayoutVersion out;
  out.version = layout.version + 1;
  out.replication_factor = layout.replication_factor;
  out.partition_count = layout.partition_count;
  out.redundancy = layout.staged.redundancy.value_or(layout.redundancy);
  out.roles = roles_with_staged(layout);
  const Wanted wanted = {out.replication_factor, out.redundancy, out.partition_count};
  TRY(out.assignment, assign_partitions(out.roles, wanted, layout.assignment));
  if (layout.version > 0) out.predecessor = hash_of(layout);
  return out;
}

History history_of(LayoutVersion version) {
  History out;
  out.replication_factor = version.replication_factor;
  if (version.version == 0) return out;
  out.settled = version.version;
  out.origin = hash_of(version);
  out.versions[out.settled] = {std::make_shared<const LayoutVersion>(std::move(version)), out.origin};
  return out;
}

ClusterLayout current_layout(const History& history) {
  ClusterLayout out;
  if (const KnownVersion* newest = history.find(history.newest())) static_cast<LayoutVersion&>(out) = *newest->layout;
  out.replication_factor = history.replication_factor;
  for (const auto& [node, staged] : history.staging.roles) {
    if (staged.changes) out.staged.roles[node] = staged.role;
  }
  if (history.staging.redundancy.changes) out.staged.redundancy = history.staging.redundancy.redundancy;
  return out;
}

LayoutHash digest_of(const History& history) {
  return LayoutHash{crypto::sha256(encode_history(history))};
}

bool operator==(const History& a, const History& b) {
  const auto same_version = [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.hash == y.second.hash;
  };
  return a.replication_factor == b.replication_factor && a.settled == b.settled && a.origin == b.origin &&
         a.staging == b.staging && a.trackers == b.trackers && a.revoked == b.revoked &&
         a.loss_accepted == b.loss_accepted &&
         std::equal(a.versions.begin(), a.versions.end(), b.versions.begin(), b.versions.end(), same_version);
}

}  // namespace garage::layout
