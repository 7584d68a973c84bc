// Editing a history: stage, take back, apply, revoke.
#include <fmt/format.h>

#include <algorithm>

#include "layout/stages.hpp"

namespace garage::layout {
namespace {

constexpr size_t kZoneBytesMax = 255;
constexpr size_t kTagsMax = 64;

uint64_t next_clock(const Staging& staging) {
  uint64_t clock = staging.redundancy.clock;
  for (const auto& [node, staged] : staging.roles) clock = std::max(clock, staged.clock);
  return clock + 1;
}

std::unexpected<Error> invalid(std::string why) {
  return fail(ErrorKind::kInvalid, std::move(why));
}

Result<void> check_role(const Role& role) {
  if (role.capacity_bytes && *role.capacity_bytes < kCapacityBytesMin)
    return invalid(fmt::format("Capacity must be at least {} bytes", kCapacityBytesMin));
  if (role.capacity_bytes && *role.capacity_bytes > kCapacityBytesMax)
    return invalid(fmt::format("Capacity must be at most {} bytes", kCapacityBytesMax));
  if (role.zone.empty()) return invalid("A role needs a zone");
  if (role.zone.size() > kZoneBytesMax || role.tags.size() > kTagsMax ||
      std::ranges::any_of(role.tags, [](const std::string& tag) { return tag.size() > kZoneBytesMax; })) {
    return invalid(
        fmt::format("Zones and tags have at most {} bytes, and a node at most {} tags", kZoneBytesMax, kTagsMax));
  }
  return {};
}

// What a version gives to a node that is refused for ever would be missing from the start.
Result<void> check_without_revoked(const LayoutVersion& version, const std::map<NodeId, uint64_t>& revoked) {
  for (const auto& [node, role] : version.roles) {
    if (!revoked.contains(node)) continue;
    const std::string id = node.hex().substr(0, 16);
    return invalid(
        fmt::format("Node {0} was revoked and can have no role in a new version: replace it in the same change "
                    "(`garage layout assign NEW --replace {0}`), or remove it (`garage layout remove {0}`)",
                    id));
  }
  return {};
}

void clear_staging(Staging& staging) {
  staging = {.round = staging.round + 1, .roles = {}, .redundancy = {}};
}

}  // namespace

Result<void> stage_role(History& history, const NodeId& node, std::optional<Role> role) {
  if (role) CHECK_OK(check_role(*role));
  if (role && history.revoked.contains(node)) {
    return invalid(fmt::format("Node {} was revoked and can have no role again: give the machine a new node key",
                               node.hex().substr(0, 16)));
  }
  if (history.staging.roles.size() >= kTrackersMax && !history.staging.roles.contains(node))
    return invalid("Too many changes are staged");
  const auto newest = current_layout(history);
  const auto current = newest.roles.find(node);
  const bool unchanged = current == newest.roles.end() ? !role : role == current->second;
  if (unchanged && !history.staging.roles.contains(node)) return {};
  const uint64_t clock = next_clock(history.staging);
  history.staging.roles[node] = {
      .clock = clock, .changes = !unchanged, .role = unchanged ? std::nullopt : std::move(role)};
  return {};
}

Result<void> stage_redundancy(History& history, ZoneRedundancy redundancy) {
  if (redundancy.at_least && (*redundancy.at_least < 1 || *redundancy.at_least > history.replication_factor)) {
    return invalid(fmt::format("The zone redundancy must be between 1 and the replication factor ({})",
                               history.replication_factor));
  }
  const bool changes = redundancy != current_layout(history).redundancy;
  history.staging.redundancy = {
      .clock = next_clock(history.staging), .changes = changes, .redundancy = changes ? redundancy : ZoneRedundancy()};
  return {};
}

void revert_staged(History& history) {
  clear_staging(history.staging);
}

Result<void> apply_staged(History& history, uint64_t version) {
  const uint64_t newest = history.newest();
  if (version != newest + 1) {
    return invalid(fmt::format("Invalid new layout version: the current version is {}, so the next one is {}", newest,
                               newest + 1));
  }
  if (newest - history.settled >= kVersionsWaiting) {
    return invalid(fmt::format(
        "{} versions of the layout are still on their way: see in `garage layout history` what they wait for",
        kVersionsWaiting));
  }
  TRY(LayoutVersion next, next_version(current_layout(history)));
  CHECK_OK(check_without_revoked(next, history.revoked));
  const LayoutHash hash = hash_of(next);
  history.versions[version] = {std::make_shared<const LayoutVersion>(std::move(next)), hash};
  clear_staging(history.staging);
  return {};
}

Result<void> revoke(History& history, const std::vector<NodeId>& nodes) {
  if (history.revoked.size() + nodes.size() > kRevokedMax) return invalid("Too many nodes were revoked");
  for (const NodeId& node : nodes) history.revoked.try_emplace(node, history.settled);
  settle(history);
  return {};
}

std::vector<NodeId> revoked_nodes(const History& history) {
  std::vector<NodeId> nodes;
  for (const auto& [node, settled] : history.revoked) nodes.push_back(node);
  return nodes;
}

void accept_loss(History& history, uint64_t version) {
  history.loss_accepted = std::max(history.loss_accepted, version);
  settle(history);
}

}  // namespace garage::layout
