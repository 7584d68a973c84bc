#include "table/row.hpp"

#include "base/assert.hpp"
#include "codec/tlv.hpp"
#include "table/ord_codec.hpp"

namespace garage::table {
namespace {

constexpr uint8_t kFormatVersion = 1;

// docs/formats/rows.md. Never reuse a number.
enum Tag : uint32_t {
  kTagOrd = 1,
  kTagFlags = 2,
  kTagUuid = 3,
  kTagModified = 4,
  kTagValue = 5,
  kTagLineage = 6,
  kTagFloor = 7,
  kTagBlindFloor = 8,
};

// Most rows are plain writes, whose floors are their own ord: two bits instead of 36 bytes.
enum Flag : uint64_t {
  kFlagBallot = 1,
  kFlagFloorIsOrd = 2,
  kFlagBlindFloorIsOrd = 4,
  kFlagsKnown = 7,
};

constexpr size_t kAncestorBytes = Uuid::kSize + kOrdBytes;
constexpr size_t kFixedBytesMax = 96;  // everything but value, lineage and unknown tags

void write_ord(codec::TlvWriter& out, uint32_t tag, Ord ord) {
  out.bytes(tag, view(ord_bytes(ord)));
}

uint64_t flags_of(const Row& row) {
  uint64_t flags = 0;
  if (row.kind == RowKind::kBallot) flags |= kFlagBallot;
  if (row.floor == row.ord) flags |= kFlagFloorIsOrd;
  if (row.blind_floor == row.ord) flags |= kFlagBlindFloorIsOrd;
  return flags;
}

void write_lineage(codec::TlvWriter& out, const Row& row) {
  if (row.lineage.empty()) return;
  std::string packed;
  packed.reserve(row.lineage.size() * kAncestorBytes);
  for (const auto& [uuid, ord] : row.lineage) {
    packed.append(uuid.view());
    packed.append(view(ord_bytes(ord)));
  }
  out.bytes(kTagLineage, packed);
}

// Fields of a fixed length: the reader is marked where it differs.
void read_ord(codec::TlvReader& in, Ord& ord) {
  if (in.bytes().size() != kOrdBytes) return in.mark_damaged();
  ord = load_ord(in.bytes().data());
}

void read_uuid(codec::TlvReader& in, Uuid& uuid) {
  if (auto parsed = Uuid::from_raw(in.bytes())) {
    uuid = *parsed;
  } else {
    in.mark_damaged();
  }
}

void read_lineage(codec::TlvReader& in, Row& row) {
  std::string_view packed = in.bytes();
  if (packed.size() % kAncestorBytes != 0) return in.mark_damaged();
  row.lineage.reserve(packed.size() / kAncestorBytes);
  for (; !packed.empty(); packed.remove_prefix(kAncestorBytes)) {
    row.lineage.emplace_back(*Uuid::from_raw(packed.substr(0, Uuid::kSize)), load_ord(packed.data() + Uuid::kSize));
  }
}

Error of_row(const Error& error) {
  return error.within("row");
}

}  // namespace

std::string encode_row(std::string_view key, const Row& row) {
  ASSERT(row.lineage.size() <= kLineageMax, "a row's lineage is bounded by whoever extends it");
  codec::TlvWriter out(kFormatVersion);
  out.reserve(kFixedBytesMax + (row.value ? row.value->size() : 0) + row.lineage.size() * kAncestorBytes);
  const uint64_t flags = flags_of(row);
  write_ord(out, kTagOrd, row.ord);
  out.u64(kTagFlags, flags);
  out.bytes(kTagUuid, row.uuid.view());
  if (row.modified_ms != 0) out.u64(kTagModified, row.modified_ms);
  if (row.value) out.bytes(kTagValue, *row.value);
  write_lineage(out, row);
  if (!(flags & kFlagFloorIsOrd) && !row.floor.is_zero()) write_ord(out, kTagFloor, row.floor);
  if (!(flags & kFlagBlindFloorIsOrd) && !row.blind_floor.is_zero()) write_ord(out, kTagBlindFloor, row.blind_floor);
  for (const auto& [tag, bytes] : row.unknown) out.bytes(tag, bytes);
  return std::move(out).finish(key);
}

Result<Row> decode_row(std::string_view key, std::string_view encoded) {
  auto opened = codec::TlvReader::open(key, encoded, kFormatVersion);
  if (!opened) return std::unexpected(of_row(opened.error()));
  codec::TlvReader& in = *opened;
  Row row;
  uint64_t flags = 0;
  while (in.next()) {
    switch (in.tag()) {
      case kTagOrd:
        read_ord(in, row.ord);
        break;
      case kTagFlags:
        flags = in.number();
        break;
      case kTagUuid:
        read_uuid(in, row.uuid);
        break;
      case kTagModified:
        row.modified_ms = in.number();
        break;
      case kTagValue:
        row.value.emplace(in.bytes());
        break;
      case kTagLineage:
        read_lineage(in, row);
        break;
      case kTagFloor:
        read_ord(in, row.floor);
        break;
      case kTagBlindFloor:
        read_ord(in, row.blind_floor);
        break;
      default:
        row.unknown.emplace_back(in.tag(), std::string(in.bytes()));
    }
  }
  if (auto ok = in.status(); !ok) return std::unexpected(of_row(ok.error()));
  if (flags & ~kFlagsKnown) return fail(ErrorKind::kUnsupported, "row: flags of a newer program");
  if (row.ord.is_zero()) return fail(ErrorKind::kCorrupt, "row: it has no ord");
  if (row.lineage.size() > kLineageMax) return fail(ErrorKind::kCorrupt, "row: its lineage is too long");
  if (flags & kFlagBallot) row.kind = RowKind::kBallot;
  if (flags & kFlagFloorIsOrd) row.floor = row.ord;
  if (flags & kFlagBlindFloorIsOrd) row.blind_floor = row.ord;
  return row;
}

Result<RowView> decode_row_view(std::string_view key, std::string_view encoded) {
  auto opened = codec::TlvReader::open(key, encoded, kFormatVersion);
  if (!opened) return std::unexpected(of_row(opened.error()));
  codec::TlvReader& in = *opened;
  RowView view;
  while (in.next()) {
    switch (in.tag()) {
      case kTagOrd:
        read_ord(in, view.ord);
        break;
      case kTagUuid:
        read_uuid(in, view.uuid);
        break;
      case kTagModified:
        view.modified_ms = in.number();
        break;
      case kTagValue:
        view.value = in.bytes();
        break;
      default:
        break;
    }
  }
  if (auto ok = in.status(); !ok) return std::unexpected(of_row(ok.error()));
  if (view.ord.is_zero()) return fail(ErrorKind::kCorrupt, "row: it has no ord");
  return view;
}

}  // namespace garage::table
