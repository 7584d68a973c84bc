// GetClusterStatistics
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "admin/node_identity.hpp"
#include "admin/node_space.hpp"
#include "admin/render.hpp"
#include "codec/byte_size.hpp"

namespace garage::admin {
namespace {

// Beyond so many buckets their objects are not added up.
constexpr size_t kBucketsCountedMax = 1000;

std::string space_text(const std::optional<env::Space>& space) {
  if (!space) return "?";
  return fmt::format("{}/{} ({:.1f}%)", codec::binary_size(space->available_bytes),
                     codec::binary_size(space->total_bytes),
                     space->total_bytes == 0
                         ? 0.0
                         : 100 * static_cast<double>(space->available_bytes) / static_cast<double>(space->total_bytes));
}

struct Totals {
  uint64_t buckets = 0, objects = 0, bytes = 0;
  bool counted = false;
};

Task<AdminResult<Totals>> count_objects(Context& context) {
  const auto buckets = context.settings.directory()->buckets();
  Totals out{.buckets = buckets.size(), .objects = 0, .bytes = 0, .counted = buckets.size() < kBucketsCountedMax};
  if (!out.counted) co_return out;
  for (const auto& bucket : buckets) {
    CO_ADMIN_TRY(const auto usage, co_await context.objects.usage(bucket->id));
    out.objects += usage.objects;
    out.bytes += usage.bytes;
  }
  co_return out;
}

// Rows of cells, padded to the widest of their column and two blanks.
std::string text_table(const std::vector<std::array<std::string, 7>>& rows) {
  std::array<size_t, 7> widths{};
  for (const auto& row : rows) {
    for (size_t i = 0; i + 1 < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size() + 2);
  }
  std::string out;
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) out += fmt::format("{:<{}}", row[i], widths[i]);
    out += '\n';
  }
  return out;
}

struct StorageNode {
  PeerFacts facts;
  layout::Role role;
  uint32_t partitions = 0;
};

// Those that store, with what each said last.
std::vector<StorageNode> storage_nodes(const Context& context, const layout::ClusterLayout& layout,
                                       const NodeSpace& here) {
  std::map<NodeId, PeerFacts> known;
  if (context.cluster != nullptr) {
    for (PeerFacts& peer : context.cluster->peers()) known[peer.id] = std::move(peer);
  }
  known[context.facts.id] = {
      .id = context.facts.id, .hostname = context.facts.hostname, .data = here.data, .metadata = here.metadata};
  std::vector<StorageNode> out;
  for (const auto& [id, role] : layout.roles) {
    if (!role.capacity_bytes) continue;
    StorageNode node{.facts = known[id], .role = role};
    node.facts.id = id;
    const auto held = layout.assignment.partitions.find(id);
    if (held != layout.assignment.partitions.end()) node.partitions = held->second;
    out.push_back(std::move(node));
  }
  return out;
}

// What can still be stored until the first node is full, where data spreads evenly over the partitions.
struct Room {
  std::optional<uint64_t> bytes;  // nothing where no node could tell
  bool complete = true;           // every node could tell; else it may be less

  void add(const StorageNode& node, const std::optional<env::Space>& space, uint64_t partition_count) {
    if (node.partitions == 0) return;
    if (!space) {
      complete = false;
      return;
    }
    const uint64_t whole = space->available_bytes / node.partitions * partition_count;
    const uint64_t room = whole + space->available_bytes % node.partitions * partition_count / node.partitions;
    bytes = std::min(bytes.value_or(UINT64_MAX), room);
  }
  std::string text() const { return bytes ? (complete ? "" : "< ") + codec::binary_size(*bytes) : "?"; }
};

std::string cluster_text(const std::vector<StorageNode>& nodes, const Totals& totals, const Room& data,
                         const Room& metadata) {
  std::string out = "Storage nodes:\n";
  std::vector<std::array<std::string, 7>> rows{
      {"ID", "Hostname", "Zone", "Capacity", "Part.", "DataAvail", "MetaAvail"}};
  for (const StorageNode& node : nodes) {
    rows.push_back({short_id(node.facts.id), node.facts.hostname.empty() ? "?" : node.facts.hostname, node.role.zone,
                    codec::binary_size(*node.role.capacity_bytes), fmt::format("{}", node.partitions),
                    space_text(node.facts.data), space_text(node.facts.metadata)});
  }
  if (!nodes.empty()) out += text_table(rows);
  out += fmt::format("\nNumber of buckets:        {}\n", totals.buckets);
  if (totals.counted) {
    out += fmt::format("Total number of objects:  {}\n", totals.objects);
    out += fmt::format("Total size of objects:    {}\n", codec::binary_size(totals.bytes));
  }
  if (data.bytes || metadata.bytes) {
    out += "\nEstimated available storage space cluster-wide (might be lower in practice):\n";
    out += fmt::format("  data: {}\n  metadata: {}\n", data.text(), metadata.text());
  }
  return out;
}

}  // namespace

Task<Reply> get_cluster_statistics(Context& context, Json) {
  CO_ADMIN_CHECK_OK(require_layout(context));
  const NodeSpace space = co_await context.space.measure();
  CO_ADMIN_TRY(const Totals totals, co_await count_objects(context));
  const Layout layout = context.layout.current();
  const auto nodes = storage_nodes(context, *layout, space);
  Room data, metadata;
  for (const StorageNode& node : nodes) {
    data.add(node, node.facts.data, layout->partition_count);
    metadata.add(node, node.facts.metadata, layout->partition_count);
  }
  Json out = Json::object({{"freeform", cluster_text(nodes, totals, data, metadata)},
                           {"dataAvail", data.bytes ? Json(*data.bytes) : Json()},
                           {"metadataAvail", metadata.bytes ? Json(*metadata.bytes) : Json()},
                           {"incompleteAvailInfo", !data.complete || !metadata.complete},
                           {"bucketCount", totals.buckets}});
  if (totals.counted) {
    out.set("totalObjectCount", totals.objects);
    out.set("totalObjectBytes", totals.bytes);
  }
  co_return out;
}

}  // namespace garage::admin
