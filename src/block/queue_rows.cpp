#include "block/queue_rows.hpp"

#include <set>
#include <utility>

#include "block/peer_messages.hpp"
#include "codec/big_endian.hpp"
#include "codec/tlv.hpp"
#include "table/ord_codec.hpp"

namespace garage::block {
namespace {

constexpr uint8_t kFormat = 1;
enum LeaseTag : uint32_t { kOwner = 1, kBacklink = 2, kUpload = 3, kHashes = 4 };
enum FetchTag : uint32_t { kDueMs = 1, kAttempts = 2, kTriedMs = 3 };
enum HintTag : uint32_t { kOperation = 1, kPayload = 2 };

}  // namespace

std::string lease_key(const LeaseRow& row) {
  std::string key(kLeaseQueue);
  key.append(table::view(table::ord_bytes(row.reference.ceiling))).append(row.owner.view());
  return row.hashes.empty() ? key : key.append(row.hashes.front().view());
}

std::string encode_lease(std::string_view key, const LeaseRow& row) {
  codec::TlvWriter writer(kFormat);
  writer.bytes(kOwner, row.owner.view());
  writer.bytes(kBacklink, row.reference.backlink);
  if (!row.reference.upload.is_zero()) writer.bytes(kUpload, row.reference.upload.view());
  write_hashes(writer, kHashes, row.hashes);
  return std::move(writer).finish(key);
}

Result<LeaseRow> decode_lease(std::string_view key, std::string_view encoded) {
  TRY(auto reader, codec::TlvReader::open(key, encoded, kFormat));
  LeaseRow row;
  while (reader.next()) {
    switch (reader.tag()) {
      case kOwner:
        row.owner = Uuid::from_raw(reader.bytes()).value_or(Uuid{});
        break;
      case kBacklink:
        row.reference.backlink = reader.bytes();
        break;
      case kUpload:
        row.reference.upload = Uuid::from_raw(reader.bytes()).value_or(Uuid{});
        break;
      case kHashes:
        if (!read_hashes(reader.bytes(), row.hashes)) reader.mark_damaged();
        break;
      default:
        break;
    }
  }
  CHECK_OK(reader.status());
  row.reference.ceiling = ceiling_of_lease(key);
  return row;
}

Result<void> put_lease(kv::View& view, kv::Batch& batch, LeaseRow row) {
  const std::string key = lease_key(row);
  TRY(const auto there, view.get(kv::Family::kQueue, key));
  if (there) {
    // One that cannot be read is written anew.
    const auto before = decode_lease(key, *there);
    std::set<BlockHash> named(row.hashes.begin(), row.hashes.end());
    for (const BlockHash& hash : before ? before->hashes : std::vector<BlockHash>()) {
      if (named.insert(hash).second) row.hashes.push_back(hash);
    }
  }
  if (row.hashes.size() > kHashesPerMessageMax) {
    const auto split = row.hashes.begin() + kHashesPerMessageMax;
    LeaseRow rest{row.owner, row.reference, {split, row.hashes.end()}};
    row.hashes.erase(split, row.hashes.end());
    CHECK_OK(put_lease(view, batch, std::move(rest)));
  }
  batch.put(kv::Family::kQueue, key, encode_lease(key, row));
  return {};
}

Ord ceiling_of_lease(std::string_view key) {
  if (key.size() < kLeaseQueue.size() + table::kOrdBytes) return {};
  return ord_from(key.substr(kLeaseQueue.size(), table::kOrdBytes)).value_or(Ord{});
}

std::string fetch_key(const BlockHash& hash) {
  return std::string(kFetchQueue).append(hash.view());
}

std::string encode_fetch(std::string_view key, const FetchRow& row) {
  codec::TlvWriter writer(kFormat);
  writer.u64(kDueMs, row.due_ms);
  writer.u64(kAttempts, row.attempts);
  if (row.tried_ms != 0) writer.u64(kTriedMs, row.tried_ms);
  return std::move(writer).finish(key);
}

Result<FetchRow> decode_fetch(std::string_view key, std::string_view encoded) {
  TRY(auto reader, codec::TlvReader::open(key, encoded, kFormat));
  FetchRow row;
  while (reader.next()) {
    if (reader.tag() == kDueMs) row.due_ms = reader.number();
    if (reader.tag() == kAttempts) row.attempts = reader.number();
    if (reader.tag() == kTriedMs) row.tried_ms = reader.number();
  }
  CHECK_OK(reader.status());
  return row;
}

std::string hint_key(const NodeId& node, const Uuid& owner, uint64_t distinction) {
  std::string key(kHintQueue);
  key.append(node.view()).append(owner.view());
  codec::append_be(key, distinction);
  return key;
}

std::string encode_hint(std::string_view key, const HintRow& row) {
  codec::TlvWriter writer(kFormat);
  writer.bytes(kOperation, row.operation);
  writer.bytes(kPayload, row.payload);
  return std::move(writer).finish(key);
}

Result<HintRow> decode_hint(std::string_view key, std::string_view encoded) {
  TRY(auto reader, codec::TlvReader::open(key, encoded, kFormat));
  HintRow row;
  while (reader.next()) {
    if (reader.tag() == kOperation) row.operation = reader.bytes();
    if (reader.tag() == kPayload) row.payload = reader.bytes();
  }
  CHECK_OK(reader.status());
  return row;
}

}  // namespace garage::block
