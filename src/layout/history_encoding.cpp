#include <fmt/format.h>

#include <algorithm>

#include "layout/history.hpp"
#include "layout/stages.hpp"
#include "layout/version_encoding.hpp"

namespace garage::layout {
namespace {

constexpr uint8_t kFirstFormat = 1;
constexpr uint8_t kSecondFormat = 2;  // where nobody is revoked, so that older programs go on understanding it
constexpr uint8_t kFormat = 3;
// Of a revoked node, in the second format: not known, so nothing stayed where it was for its sake.
constexpr uint64_t kSettledUnknown = UINT64_MAX;
// The checksum binds the bytes to what they are.
constexpr std::string_view kRowKey = "cluster_layout";

// docs/formats/cluster_layout.md. A new tag needs a new format: histories are merged, and what is not understood
// cannot be.
enum Tag : uint32_t {
  kReplicationFactor = 1,
  kSettled = 2,
  kOrigin = 3,
  kVersion = 4,
  kStagingRound = 5,
  kStagedRole = 6,
  kStagedRedundancy = 7,
  kTracker = 8,
  kRevokedOfSecondFormat = 9,
  kLossAccepted = 10,
  kRevoked = 11,
};
enum RevokedTag : uint32_t { kRevokedNode = 1, kSettledThen = 2 };
enum StagedTag : uint32_t { kClock = 1, kChanges = 2, kValue = 3 };
enum TrackerTag : uint32_t { kNode = 1, kSeen = 2, kSeenTurn = 3, kSeenHash = 4, kAck = 5, kSync = 6, kSyncAck = 7 };
// In the first format, beside the fields of the one version it held.
enum FirstFormatTag : uint32_t { kFirstStagedRole = 8, kFirstStagedRedundancy = 9 };

codec::TlvWriter encode_tracker(const NodeId& node, const Tracker& tracker) {
  auto writer = codec::TlvWriter::nested();
  writer.bytes(kNode, node.view());
  writer.u64(kSeen, tracker.seen);
  writer.u64(kSeenTurn, tracker.seen_turn);
  writer.bytes(kSeenHash, tracker.seen_hash.view());
  writer.u64(kAck, tracker.ack);
  writer.u64(kSync, tracker.sync);
  writer.u64(kSyncAck, tracker.sync_ack);
  return writer;
}

Result<void> decode_tracker(codec::TlvReader reader, History& history) {
  std::optional<NodeId> node;
  std::optional<LayoutHash> hash;
  Tracker tracker;
  while (reader.next()) {
    switch (reader.tag()) {
      case kNode:
        node = NodeId::from_raw(reader.bytes());
        break;
      case kSeen:
        tracker.seen = reader.number();
        break;
      case kSeenTurn:
        tracker.seen_turn = reader.number();
        break;
      case kSeenHash:
        hash = LayoutHash::from_raw(reader.bytes());
        break;
      case kAck:
        tracker.ack = reader.number();
        break;
      case kSync:
        tracker.sync = reader.number();
        break;
      case kSyncAck:
        tracker.sync_ack = reader.number();
        break;
      default:
        break;
    }
  }
  CHECK_OK(reader.status());
  if (!node || !hash) return corrupt_layout("a tracker of nobody");
  tracker.seen_hash = *hash;
  history.trackers[*node] = tracker;
  return {};
}

codec::TlvWriter encode_revoked(const NodeId& node, uint64_t settled) {
  auto writer = codec::TlvWriter::nested();
  writer.bytes(kRevokedNode, node.view());
  writer.u64(kSettledThen, settled);
  return writer;
}

Result<void> decode_revoked(codec::TlvReader reader, History& history) {
  std::optional<NodeId> node;
  uint64_t settled = 0;
  while (reader.next()) {
    if (reader.tag() == kRevokedNode) node = NodeId::from_raw(reader.bytes());
    if (reader.tag() == kSettledThen) settled = reader.number();
  }
  CHECK_OK(reader.status());
  if (!node) return corrupt_layout("a revoked node without id");
  history.revoked[*node] = settled;
  return {};
}

codec::TlvWriter encode_staged_role(const NodeId& node, const Staging::StagedRole& staged) {
  auto writer = codec::TlvWriter::nested();
  writer.u64(kClock, staged.clock);
  writer.u64(kChanges, staged.changes ? 1 : 0);
  writer.message(kValue, encode_role(node, staged.role));
  return writer;
}

Result<void> decode_staged_role(codec::TlvReader reader, Staging& staging) {
  Staging::StagedRole staged;
  std::optional<NodeId> node;
  while (reader.next()) {
    if (reader.tag() == kClock) staged.clock = reader.number();
    if (reader.tag() == kChanges) staged.changes = reader.number() != 0;
    if (reader.tag() == kValue) {
      TRY(NodeRole got, decode_role(reader.message()));
      node = got.node;
      staged.role = std::move(got.role);
    }
  }
  CHECK_OK(reader.status());
  if (!node) return corrupt_layout("a staged role of nobody");
  staging.roles[*node] = std::move(staged);
  return {};
}

codec::TlvWriter encode_staged_redundancy(const Staging::StagedRedundancy& staged) {
  auto writer = codec::TlvWriter::nested();
  writer.u64(kClock, staged.clock);
  writer.u64(kChanges, staged.changes ? 1 : 0);
  writer.u64(kValue, to_number(staged.redundancy));
  return writer;
}

Result<void> decode_staged_redundancy(codec::TlvReader reader, Staging::StagedRedundancy& staged) {
  while (reader.next()) {
    if (reader.tag() == kClock) staged.clock = reader.number();
    if (reader.tag() == kChanges) staged.changes = reader.number() != 0;
    if (reader.tag() == kValue) staged.redundancy = to_redundancy(reader.number());
  }
  return reader.status();
}

Result<void> decode_field(codec::TlvReader& reader, History& history) {
  switch (reader.tag()) {
    case kReplicationFactor:
      history.replication_factor = static_cast<uint32_t>(std::min<uint64_t>(reader.number(), UINT32_MAX));
      break;
    case kSettled:
      history.settled = reader.number();
      break;
    case kOrigin: {
      const auto hash = LayoutHash::from_raw(reader.bytes());
      if (!hash) return corrupt_layout("an origin that is no hash");
      history.origin = *hash;
      break;
    }
    case kVersion: {
      TRY(LayoutVersion version, decode_version(reader.message()));
      const uint64_t number = version.version;
      const LayoutHash hash = hash_of(version);
      history.versions[number] = {std::make_shared<const LayoutVersion>(std::move(version)), hash};
      break;
    }
    case kStagingRound:
      history.staging.round = reader.number();
      break;
    case kStagedRole:
      return decode_staged_role(reader.message(), history.staging);
    case kStagedRedundancy:
      return decode_staged_redundancy(reader.message(), history.staging.redundancy);
    case kTracker:
      return decode_tracker(reader.message(), history);
    case kRevokedOfSecondFormat: {
      const auto node = NodeId::from_raw(reader.bytes());
      if (!node) return corrupt_layout("a revoked node without id");
      history.revoked.emplace(*node, kSettledUnknown);
      break;
    }
    case kRevoked:
      return decode_revoked(reader.message(), history);
    case kLossAccepted:
      history.loss_accepted = reader.number();
      break;
    default:
      break;
  }
  return {};
}

Result<void> check_chain(const History& history) {
  if (history.replication_factor < 1 || history.replication_factor > kReplicationFactorMax)
    return corrupt_layout("no replication factor");
  if (history.versions.size() > kVersionsKept + kVersionsWaiting + 1) return corrupt_layout("too many versions");
  if (history.settled > 0 && !history.find(history.settled)) return corrupt_layout("the settled version is missing");
  if (history.settled == 0 && !history.versions.empty() && history.versions.begin()->first != 1)
    return corrupt_layout("nothing is settled, but versions are missing");
  const KnownVersion* before = nullptr;
  for (const auto& [number, known] : history.versions) {
    if (number == 0 || known.layout->replication_factor != history.replication_factor)
      return corrupt_layout("a version that does not fit");
    if (before && (number != before->layout->version + 1 || known.layout->predecessor != before->hash))
      return corrupt_layout("versions that do not follow each other");
    before = &known;
  }
  if (history.trackers.size() > kTrackersMax || history.revoked.size() > kRevokedMax ||
      history.staging.roles.size() > kTrackersMax) {
    return corrupt_layout("too many nodes");
  }
  return {};
}

struct FirstFormatStaging {
  Staging staging;
  Result<void> status;
};

bool take_first_format_staging(void* context, codec::TlvReader& reader) {
  auto& got = *static_cast<FirstFormatStaging*>(context);
  if (reader.tag() == kFirstStagedRedundancy) {
    got.staging.redundancy = {.clock = 1, .changes = true, .redundancy = to_redundancy(reader.number())};
    return true;
  }
  if (reader.tag() != kFirstStagedRole) return false;
  auto role = decode_role(reader.message());
  if (role) {
    got.staging.roles[role->node] = {.clock = 1, .changes = true, .role = std::move(role->role)};
  } else {
    got.status = std::unexpected(role.error());
  }
  return true;
}

Result<History> decode_first_format(codec::TlvReader reader) {
  FirstFormatStaging got;
  TRY(LayoutVersion version, decode_version(reader, take_first_format_staging, &got));
  CHECK_OK(got.status);
  History history = history_of(std::move(version));
  history.staging = std::move(got.staging);
  return history;
}

}  // namespace

std::string encode_history(const History& history) {
  codec::TlvWriter writer(history.revoked.empty() ? kSecondFormat : kFormat);
  writer.u64(kReplicationFactor, history.replication_factor);
  writer.u64(kSettled, history.settled);
  writer.bytes(kOrigin, history.origin.view());
  for (const auto& [number, known] : history.versions) writer.message(kVersion, encode_version(*known.layout));
  writer.u64(kStagingRound, history.staging.round);
  for (const auto& [node, staged] : history.staging.roles)
    writer.message(kStagedRole, encode_staged_role(node, staged));
  writer.message(kStagedRedundancy, encode_staged_redundancy(history.staging.redundancy));
  for (const auto& [node, tracker] : history.trackers) writer.message(kTracker, encode_tracker(node, tracker));
  for (const auto& [node, settled] : history.revoked) writer.message(kRevoked, encode_revoked(node, settled));
  writer.u64(kLossAccepted, history.loss_accepted);
  return std::move(writer).finish(kRowKey);
}

Result<void> check_usable(const History& history, uint32_t partition_count) {
  for (const auto& [number, known] : history.versions) {
    if (known.layout->partition_count == partition_count) continue;
    return fail(ErrorKind::kUnsupported,
                fmt::format("cluster layout: version {} has {} partitions, and this program works with {}", number,
                            known.layout->partition_count, partition_count));
  }
  for (const auto& [node, tracker] : history.trackers) {
    const uint64_t furthest = std::max({tracker.seen, tracker.ack, tracker.sync, tracker.sync_ack});
    if (furthest > history.newest()) return corrupt_layout("a node that has come further than there are versions");
  }
  return {};
}

Result<History> decode_history(std::string_view encoded) {
  auto reader = codec::TlvReader::open(kRowKey, encoded, kFormat);
  if (!reader) return std::unexpected(reader.error().within("cluster layout"));
  if (reader->version() == kFirstFormat) return decode_first_format(*reader);
  History history;
  while (reader->next()) CHECK_OK(decode_field(*reader, history));
  CHECK_OK(reader->status());
  CHECK_OK(check_chain(history));
  return history;
}

}  // namespace garage::layout
