#include "block/reference_messages.hpp"

#include <utility>

#include "block/peer_messages.hpp"
#include "codec/tlv.hpp"
#include "table/ord_codec.hpp"

namespace garage::block {
namespace {

constexpr uint8_t kFormat = 1;
enum Tag : uint32_t { kHash = 1, kOwner = 2, kReferences = 12, kHeld = 13 };
constexpr size_t kNamedBytes = BlockHash::kSize + Uuid::kSize + table::kOrdBytes;

}  // namespace

std::string encode_reference_name(const ReferenceName& name) {
  codec::TlvWriter writer(kFormat);
  writer.bytes(kHash, name.hash.view());
  writer.bytes(kOwner, name.owner.view());
  return std::move(writer).finish(kReferenceOperation);
}

Result<ReferenceName> decode_reference_name(std::string_view payload) {
  TRY(auto reader, codec::TlvReader::open(kReferenceOperation, payload, kFormat));
  std::optional<BlockHash> hash;
  std::optional<Uuid> owner;
  while (reader.next()) {
    if (reader.tag() == kHash) hash = BlockHash::from_raw(reader.bytes());
    if (reader.tag() == kOwner) owner = Uuid::from_raw(reader.bytes());
  }
  CHECK_OK(reader.status());
  if (!hash || !owner) return fail(ErrorKind::kCorrupt, "block/reference: names no reference");
  return ReferenceName{*hash, *owner};
}

std::string encode_named_references(const std::vector<NamedReference>& references) {
  std::string all;
  all.reserve(references.size() * kNamedBytes);
  for (const NamedReference& reference : references) {
    all.append(reference.hash.view())
        .append(reference.owner.view())
        .append(table::view(table::ord_bytes(reference.ceiling)));
  }
  codec::TlvWriter writer(kFormat);
  writer.bytes(kReferences, all);
  return std::move(writer).finish(kHoldOperation);
}

Result<std::vector<NamedReference>> decode_named_references(std::string_view payload) {
  TRY(auto reader, codec::TlvReader::open(kHoldOperation, payload, kFormat));
  std::string_view all;
  while (reader.next()) {
    if (reader.tag() == kReferences) all = reader.bytes();
  }
  CHECK_OK(reader.status());
  if (all.size() % kNamedBytes != 0 || all.size() / kNamedBytes > kReferencesPerMessageMax) {
    return fail(ErrorKind::kCorrupt, "block/hold: not a list of references");
  }
  std::vector<NamedReference> out;
  for (; !all.empty(); all.remove_prefix(kNamedBytes)) {
    const auto hash = BlockHash::from_raw(all.substr(0, BlockHash::kSize));
    const auto owner = Uuid::from_raw(all.substr(BlockHash::kSize, Uuid::kSize));
    const auto ceiling = ord_from(all.substr(BlockHash::kSize + Uuid::kSize, table::kOrdBytes));
    if (!hash || !owner || !ceiling) return fail(ErrorKind::kCorrupt, "block/hold: not a reference");
    out.push_back({*hash, *owner, *ceiling});
  }
  return out;
}

std::string encode_held(const std::vector<Held>& held) {
  std::string all;
  for (const Held one : held) all.push_back(static_cast<char>(one));
  codec::TlvWriter writer(kFormat);
  writer.bytes(kHeld, all);
  return std::move(writer).finish(kHoldOperation);
}

Result<std::vector<Held>> decode_held(size_t count, std::string_view payload) {
  TRY(auto reader, codec::TlvReader::open(kHoldOperation, payload, kFormat));
  std::string_view all;
  while (reader.next()) {
    if (reader.tag() == kHeld) all = reader.bytes();
  }
  CHECK_OK(reader.status());
  if (all.size() != count) return fail(ErrorKind::kCorrupt, "block/hold: an answer to another question");
  std::vector<Held> out;
  for (const char one : all) {
    if (one < 0 || one > static_cast<char>(Held::kAll)) return fail(ErrorKind::kCorrupt, "block/hold: not an answer");
    out.push_back(static_cast<Held>(one));
  }
  return out;
}

}  // namespace garage::block
