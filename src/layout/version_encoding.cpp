#include "layout/version_encoding.hpp"

#include <algorithm>

#include "crypto/digest.hpp"

namespace garage::layout {
namespace {

// docs/formats/cluster_layout.md. Numbers are never reused; 8 and 9 are of the first format's staged changes.
enum Tag : uint32_t {
  kVersion = 1,
  kReplicationFactor = 2,
  kPartitions = 3,
  kRedundancy = 4,
  kRole = 5,
  kPartitionBytes = 6,
  kStored = 7,
  kPlaces = 10,
  kPredecessor = 11,
};
enum RoleTag : uint32_t { kNode = 1, kZone = 2, kCapacity = 3, kNodeTag = 4, kLeaves = 5 };
enum StoredTag : uint32_t { kStoredNode = 1, kStoredCount = 2 };

constexpr uint64_t kPartitionCountMax = 65536;

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
    if (!place || *place >= kNodesMax) return corrupt_layout("a place that is no node");
    out.push_back(static_cast<uint16_t>(*place));
  }
  return out;
}

Result<std::pair<NodeId, uint32_t>> decode_stored(codec::TlvReader reader) {
  std::optional<NodeId> node;
  uint64_t count = 0;
  while (reader.next()) {
    if (reader.tag() == kStoredNode) node = NodeId::from_raw(reader.bytes());
    if (reader.tag() == kStoredCount) count = reader.number();
  }
  CHECK_OK(reader.status());
  if (!node || count > kPartitionCountMax) return corrupt_layout("partitions of no node");
  return std::pair(*node, static_cast<uint32_t>(count));
}

// True if the field is one of a version.
Result<bool> decode_field(codec::TlvReader& reader, LayoutVersion& version) {
  switch (reader.tag()) {
    case kVersion:
      version.version = reader.number();
      return true;
    case kReplicationFactor:
      version.replication_factor = static_cast<uint32_t>(std::min<uint64_t>(reader.number(), UINT32_MAX));
      return true;
    case kPartitions:
      version.partition_count = static_cast<uint32_t>(std::min<uint64_t>(reader.number(), UINT32_MAX));
      return true;
    case kRedundancy:
      version.redundancy = to_redundancy(reader.number());
      return true;
    case kRole: {
      TRY(NodeRole got, decode_role(reader.message()));
      if (!got.role) return corrupt_layout("a current role that leaves");
      version.roles[got.node] = std::move(*got.role);
      return true;
    }
    case kPartitionBytes:
      version.assignment.partition_bytes = reader.number();
      return true;
    case kStored: {
      TRY(const auto stored, decode_stored(reader.message()));
      version.assignment.partitions[stored.first] = stored.second;
      return true;
    }
    case kPlaces: {
      TRY(version.assignment.places, decode_places(reader.bytes()));
      return true;
    }
    case kPredecessor: {
      const auto hash = LayoutHash::from_raw(reader.bytes());
      if (!hash) return corrupt_layout("a predecessor that is no hash");
      version.predecessor = *hash;
      return true;
    }
    default:
      return false;
  }
}

Result<void> check_places(const LayoutVersion& version) {
  const Assignment& assignment = version.assignment;
  std::vector<uint32_t> counted(assignment.nodes.size(), 0);
  for (size_t i = 0; i < assignment.places.size(); ++i) {
    const uint16_t place = assignment.places[i];
    if (place >= assignment.nodes.size()) return corrupt_layout("a place that is no node");
    for (size_t j = i - i % assignment.copies; j < i; ++j) {
      if (assignment.places[j] == place) return corrupt_layout("a partition twice on a node");
    }
    ++counted[place];
  }
  for (size_t i = 0; i < counted.size(); ++i) {
    if (assignment.partitions.at(assignment.nodes[i]) != counted[i])
      return corrupt_layout("partitions that do not add up");
  }
  return {};
}

// What is not written because it follows from the rest; and does the rest hold together?
Result<void> complete(LayoutVersion& version) {
  Assignment& assignment = version.assignment;
  if (version.replication_factor < 1 || version.replication_factor > kReplicationFactorMax ||
      version.partition_count < 1 || version.partition_count > kPartitionCountMax) {
    return corrupt_layout("no replication factor or no partitions");
  }
  if (assignment.partitions.empty()) {
    if (!assignment.places.empty()) return corrupt_layout("places on no nodes");
    return {};
  }
  assignment.copies = version.replication_factor;
  for (const auto& [node, count] : assignment.partitions) assignment.nodes.push_back(node);
  // The first format knew one storage node only, and wrote no places.
  if (assignment.places.empty() && assignment.nodes.size() == 1) assignment.places.assign(version.partition_count, 0);
  if (assignment.places.size() != size_t{version.partition_count} * version.replication_factor)
    return corrupt_layout("places of other partitions");
  return check_places(version);
}

}  // namespace

std::unexpected<Error> corrupt_layout(std::string_view what) {
  return fail(ErrorKind::kCorrupt, "cluster layout: " + std::string(what));
}

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
  if (!node) return corrupt_layout("a role without a node id");
  return NodeRole{*node, leaves ? std::optional<Role>() : std::move(role)};
}

codec::TlvWriter encode_version(const LayoutVersion& version) {
  auto writer = codec::TlvWriter::nested();
  writer.u64(kVersion, version.version);
  writer.u64(kReplicationFactor, version.replication_factor);
  writer.u64(kPartitions, version.partition_count);
  writer.u64(kRedundancy, to_number(version.redundancy));
  for (const auto& [node, role] : version.roles) writer.message(kRole, encode_role(node, role));
  writer.u64(kPartitionBytes, version.assignment.partition_bytes);
  for (const auto& [node, count] : version.assignment.partitions) {
    auto stored = codec::TlvWriter::nested();
    stored.bytes(kStoredNode, node.view());
    stored.u64(kStoredCount, count);
    writer.message(kStored, stored);
  }
  writer.bytes(kPlaces, encode_places(version.assignment.places));
  writer.bytes(kPredecessor, version.predecessor.view());
  writer.fields(version.unknown);
  return writer;
}

Result<LayoutVersion> decode_version(codec::TlvReader reader, bool (*more)(void*, codec::TlvReader&), void* context) {
  LayoutVersion version;
  while (reader.next()) {
    TRY(const bool known, decode_field(reader, version));
    if (!known && !(more && more(context, reader))) reader.keep(version.unknown);
  }
  CHECK_OK(reader.status());
  CHECK_OK(complete(version));
  return version;
}

LayoutHash hash_of(const LayoutVersion& version) {
  return LayoutHash{crypto::sha256(encode_version(version).body())};
}

}  // namespace garage::layout
