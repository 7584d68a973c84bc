#include "layout/cluster_layout.hpp"

namespace garage::layout {
namespace {

constexpr uint8_t kFormat = 1;
// The checksum binds the bytes to what they are.
constexpr std::string_view kRowKey = "cluster_layout";

// docs/formats/cluster_layout.md. Numbers are never reused.
enum Tag : uint32_t {
  kVersion = 1,
  kReplicationFactor = 2,
  kPartitions = 3,
  kRedundancy = 4,  // 0: maximum
  kRole = 5,
  kPartitionBytes = 6,
  kStored = 7,
  kStagedRole = 8,
  kStagedRedundancy = 9,
  kPlaces = 10,
};
enum RoleTag : uint32_t { kNode = 1, kZone = 2, kCapacity = 3, kNodeTag = 4, kLeaves = 5 };
enum StoredTag : uint32_t { kStoredNode = 1, kStoredCount = 2 };

codec::TlvWriter encode_role(const NodeId& node, const std::optional<Role>& role) {
  auto writer = codec::TlvWriter::nested();
  writer.bytes(kNode, node.view());
  if (!role) {
    writer.u64(kLeaves, 1);
    return writer;
  }
  writer.bytes(kZone, role->zone);
  if (role->capacity_bytes) writer.u64(kCapacity, *role->capacity_bytes);
  for (const auto& tag : role->tags) writer.bytes(kNodeTag, tag);
  return writer;
}

std::unexpected<Error> corrupt(std::string_view what) {
  return fail(ErrorKind::kCorrupt, "cluster layout: " + std::string(what));
}

struct NodeRole {
  NodeId node;
  std::optional<Role> role;
};

Result<NodeRole> decode_role(codec::TlvReader reader) {
  std::optional<NodeId> node;
  Role role;
  bool leaves = false;
  while (reader.next()) {
    switch (reader.tag()) {
      case kNode:
        node = NodeId::from_raw(reader.bytes());
        break;
      case kZone:
        role.zone = reader.bytes();
        break;
      case kCapacity:
        role.capacity_bytes = reader.number();
        break;
      case kNodeTag:
        role.tags.emplace_back(reader.bytes());
        break;
      case kLeaves:
        leaves = true;
        break;
      default:
        break;
    }
  }
  CHECK_OK(reader.status());
  if (!node) return corrupt("a role without a node id");
  return NodeRole{*node, leaves ? std::optional<Role>() : std::move(role)};
}

Result<std::pair<NodeId, uint32_t>> decode_stored(codec::TlvReader reader) {
  std::optional<NodeId> node;
  uint64_t count = 0;
  while (reader.next()) {
    if (reader.tag() == kStoredNode) node = NodeId::from_raw(reader.bytes());
    if (reader.tag() == kStoredCount) count = reader.number();
  }
  CHECK_OK(reader.status());
  if (!node) return corrupt("partitions without a node id");
  return std::pair(*node, static_cast<uint32_t>(count));
}

std::string encode_places(const std::vector<uint16_t>& places) {
  std::string out;
  for (const uint16_t place : places) codec::append_varint(out, place);
  return out;
}

Result<std::vector<uint16_t>> decode_places(std::string_view bytes) {
  std::vector<uint16_t> out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const auto place = codec::take_varint(bytes);
    if (!place || *place >= kNodesMax) return corrupt("a place that is no node");
    out.push_back(static_cast<uint16_t>(*place));
  }
  return out;
}

// What is not written because it follows from the rest; and does the rest hold together?
Result<void> complete(ClusterLayout& layout) {
  Assignment& assignment = layout.assignment;
  if (assignment.partitions.empty()) return {};
  assignment.copies = layout.replication_factor;
  for (const auto& [node, count] : assignment.partitions) assignment.nodes.push_back(node);
  // The first format knew one storage node only, and wrote no places.
  if (assignment.places.empty() && assignment.nodes.size() == 1) assignment.places.assign(layout.partition_count, 0);
  if (assignment.places.size() != size_t{layout.partition_count} * layout.replication_factor)
    return corrupt("places of other partitions");
  std::map<NodeId, uint32_t> counted;
  for (const uint16_t place : assignment.places) {
    if (place >= assignment.nodes.size()) return corrupt("a place that is no node");
    ++counted[assignment.nodes[place]];
  }
  for (const auto& [node, count] : assignment.partitions) {
    if (counted[node] != count) return corrupt("partitions that do not add up");
  }
  return {};
}

ZoneRedundancy to_redundancy(uint64_t number) {
  return {number == 0 ? std::optional<uint32_t>() : static_cast<uint32_t>(number)};
}

Result<void> decode_field(codec::TlvReader& reader, ClusterLayout& layout) {
  switch (reader.tag()) {
    case kVersion:
      layout.version = reader.number();
      break;
    case kReplicationFactor:
      layout.replication_factor = static_cast<uint32_t>(reader.number());
      break;
    case kPartitions:
      layout.partition_count = static_cast<uint32_t>(reader.number());
      break;
    case kRedundancy:
      layout.redundancy = to_redundancy(reader.number());
      break;
    case kRole: {
      TRY(NodeRole got, decode_role(reader.message()));
      if (!got.role) return corrupt("a current role that leaves");
      layout.roles[got.node] = std::move(*got.role);
      break;
    }
    case kPartitionBytes:
      layout.assignment.partition_bytes = reader.number();
      break;
    case kStored: {
      TRY(const auto stored, decode_stored(reader.message()));
      layout.assignment.partitions[stored.first] = stored.second;
      break;
    }
    case kPlaces: {
      TRY(layout.assignment.places, decode_places(reader.bytes()));
      break;
    }
    case kStagedRole: {
      TRY(NodeRole got, decode_role(reader.message()));
      layout.staged.roles[got.node] = std::move(got.role);
      break;
    }
    case kStagedRedundancy:
      layout.staged.redundancy = to_redundancy(reader.number());
      break;
    default:
      reader.keep(layout.unknown);
  }
  return {};
}

}  // namespace

std::string encode_cluster_layout(const ClusterLayout& layout) {
  codec::TlvWriter writer(kFormat);
  writer.u64(kVersion, layout.version);
  writer.u64(kReplicationFactor, layout.replication_factor);
  writer.u64(kPartitions, layout.partition_count);
  writer.u64(kRedundancy, layout.redundancy.at_least.value_or(0));
  for (const auto& [node, role] : layout.roles) writer.message(kRole, encode_role(node, role));
  writer.u64(kPartitionBytes, layout.assignment.partition_bytes);
  for (const auto& [node, count] : layout.assignment.partitions) {
    auto stored = codec::TlvWriter::nested();
    stored.bytes(kStoredNode, node.view());
    stored.u64(kStoredCount, count);
    writer.message(kStored, stored);
  }
  writer.bytes(kPlaces, encode_places(layout.assignment.places));
  for (const auto& [node, role] : layout.staged.roles) writer.message(kStagedRole, encode_role(node, role));
  if (layout.staged.redundancy) writer.u64(kStagedRedundancy, layout.staged.redundancy->at_least.value_or(0));
  writer.fields(layout.unknown);
  return std::move(writer).finish(kRowKey);
}

Result<ClusterLayout> decode_cluster_layout(std::string_view encoded) {
  auto reader = codec::TlvReader::open(kRowKey, encoded, kFormat);
  if (!reader) return std::unexpected(reader.error().within("cluster layout"));
  ClusterLayout layout;
  while (reader->next()) CHECK_OK(decode_field(*reader, layout));
  CHECK_OK(reader->status());
  if (layout.replication_factor == 0 || layout.partition_count == 0)
    return corrupt("no replication factor or no partitions");
  CHECK_OK(complete(layout));
  return layout;
}

}  // namespace garage::layout
