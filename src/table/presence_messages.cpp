#include "table/presence_messages.hpp"

#include <utility>

#include "codec/tlv.hpp"
#include "table/messages.hpp"
#include "table/ord_codec.hpp"

namespace garage::table {
namespace {

enum RequestTag : uint32_t { kTagFamily = 1, kTagStage = 2, kTagRow = 3 };
enum RowTag : uint32_t { kTagKey = 1, kTagOrd = 2 };
enum AnswerTag : uint32_t { kTagPresences = 1 };

Result<VersionedKey> decode_row_name(codec::TlvReader in) {
  VersionedKey out;
  while (in.next()) {
    if (in.tag() == kTagKey) out.key = in.bytes();
    if (in.tag() != kTagOrd) continue;
    if (in.bytes().size() != kOrdBytes) return fail(ErrorKind::kCorrupt, "an ord of another length");
    out.version = load_ord(in.bytes().data());
  }
  CHECK_OK(in.status());
  const bool proper = !out.key.empty() && out.key.size() <= kRowKeyBytesMax && !out.version.is_zero();
  if (!proper) return fail(ErrorKind::kCorrupt, "no proper row");
  return out;
}

}  // namespace

std::string encode_presence_request(const PresenceRequest& request) {
  auto out = codec::TlvWriter::nested();
  out.u64(kTagFamily, static_cast<uint64_t>(request.family));
  out.u64(kTagStage, request.stage);
  for (const VersionedKey& row : request.rows) {
    auto body = codec::TlvWriter::nested();
    body.bytes(kTagKey, row.key);
    body.bytes(kTagOrd, view(ord_bytes(row.version)));
    out.message(kTagRow, body);
  }
  return std::move(out).take_body();
}

Result<PresenceRequest> decode_presence_request(std::string_view encoded) {
  PresenceRequest request;
  uint64_t family = kv::kFamilyCount;
  auto in = codec::TlvReader::nested(encoded);
  while (in.next()) {
    if (in.tag() == kTagFamily) family = in.number();
    if (in.tag() == kTagStage) request.stage = in.number();
    if (in.tag() != kTagRow) continue;
    if (request.rows.size() == kPresenceRowsMax) return fail(ErrorKind::kInvalid, "more rows than a question names");
    TRY(auto row, decode_row_name(in.message()));
    request.rows.push_back(std::move(row));
  }
  CHECK_OK(in.status());
  if (family >= kv::kFamilyCount) return fail(ErrorKind::kUnsupported, "a family of a newer program");
  if (request.rows.empty()) return fail(ErrorKind::kInvalid, "a question about nothing");
  request.family = static_cast<kv::Family>(family);
  return request;
}

std::string encode_presence_answer(const std::vector<Presence>& answer) {
  std::string presences;
  for (const Presence presence : answer) presences.push_back(static_cast<char>(presence));
  auto out = codec::TlvWriter::nested();
  out.bytes(kTagPresences, presences);
  return std::move(out).take_body();
}

Result<std::vector<Presence>> decode_presence_answer(const PresenceRequest& request, std::string_view encoded) {
  std::string_view presences;
  auto in = codec::TlvReader::nested(encoded);
  while (in.next()) {
    if (in.tag() == kTagPresences) presences = in.bytes();
  }
  CHECK_OK(in.status());
  if (presences.empty() || presences.size() > request.rows.size()) {
    return fail(ErrorKind::kCorrupt, "an answer about other rows");
  }
  std::vector<Presence> out;
  for (const char one : presences) {
    const auto number = static_cast<unsigned char>(one);
    const bool known = number <= static_cast<unsigned char>(Presence::kNewer);
    out.push_back(known ? static_cast<Presence>(number) : Presence::kUnsaid);
  }
  return out;
}

}  // namespace garage::table
