#include "table/messages.hpp"

#include <utility>

#include "codec/tlv.hpp"
#include "table/operations.hpp"
#include "table/ord_codec.hpp"

namespace garage::table {
namespace {

enum RequestTag : uint32_t {
  kTagOperation = 1,
  kTagFamily = 2,
  kTagStage = 3,
  kTagKey = 4,
  kTagBallot = 5,
  kTagRow = 6,
  kTagCompanionsWanted = 7,
  kTagCompanion = 8,
  kTagCompanionsAt = 9,
  kTagUnlessAborted = 10,
  kTagAbortUpload = 11,
  kTagWitnessed = 12,
  kTagPurpose = 13,
  kTagSettles = 14,
  kTagAdds = 15,
};

enum ReplyTag : uint32_t {
  kTagVerdict = 1,
  kTagReplyRow = 2,
  kTagSeen = 3,
  kTagReplyStage = 4,
  kTagReplyCompanion = 5,
  kTagCompanionsTooMany = 6,
  kTagNote = 7,
};

enum NoteTag : uint32_t {
  kTagNoteWrite = 1,
  kTagNoteOrd = 2,
  kTagNoteConditional = 3,
};

enum CompanionTag : uint32_t {
  kTagCompanionFamily = 1,
  kTagCompanionKey = 2,
  kTagCompanionValue = 3,
};

void write_companions(codec::TlvWriter& out, uint32_t tag, const std::vector<Companion>& companions) {
  for (const Companion& companion : companions) {
    auto body = codec::TlvWriter::nested();
    body.u64(kTagCompanionFamily, static_cast<uint64_t>(companion.family));
    body.bytes(kTagCompanionKey, companion.key);
    body.bytes(kTagCompanionValue, companion.value);
    out.message(tag, body);
  }
}

void read_family(codec::TlvReader& in, kv::Family& family) {
  const uint64_t number = in.number();
  if (number >= kv::kFamilyCount) return in.mark_damaged();
  family = static_cast<kv::Family>(number);
}

void read_ord(codec::TlvReader& in, Ord& ord) {
  if (in.bytes().size() != kOrdBytes) return in.mark_damaged();
  ord = load_ord(in.bytes().data());
  if (ord.hybrid_ms == UINT64_MAX) in.mark_damaged();  // nothing could follow it
}

// One that is not known counts as none.
void read_purpose(codec::TlvReader& in, Purpose& purpose) {
  const uint64_t number = in.number();
  if (number == 1 || number == 2) purpose = static_cast<Purpose>(number);
}

void read_companion(codec::TlvReader& in, std::vector<Companion>& companions) {
  if (companions.size() == kCompanionsOfWriteMax) return in.mark_damaged();
  Companion companion;
  auto body = in.message();
  while (body.next()) {
    switch (body.tag()) {
      case kTagCompanionFamily:
        read_family(body, companion.family);
        break;
      case kTagCompanionKey:
        companion.key = body.bytes();
        break;
      case kTagCompanionValue:
        companion.value = body.bytes();
        break;
      default:
        break;
    }
  }
  if (!body.status()) return in.mark_damaged();
  companions.push_back(std::move(companion));
}

void write_note(codec::TlvWriter& out, const CompletionNote& note) {
  auto body = codec::TlvWriter::nested();
  body.bytes(kTagNoteWrite, note.write.view());
  body.bytes(kTagNoteOrd, view(ord_bytes(note.ord)));
  if (note.conditional) body.u64(kTagNoteConditional, 1);
  out.message(kTagNote, body);
}

void read_note(codec::TlvReader& in, std::optional<CompletionNote>& note) {
  note.emplace();
  auto body = in.message();
  while (body.next()) {
    switch (body.tag()) {
      case kTagNoteWrite:
        note->write = body.id<Uuid>();
        break;
      case kTagNoteOrd:
        read_ord(body, note->ord);
        break;
      case kTagNoteConditional:
        note->conditional = body.number() != 0;
        break;
      default:
        break;
    }
  }
  if (!body.status() || note->write.is_zero()) in.mark_damaged();
}

Result<void> check(const Request& request) {
  if (request.key.empty() || request.key.size() > kRowKeyBytesMax)
    return fail(ErrorKind::kCorrupt, "a request names no proper key");
  if (request.operation == Operation::kInstall && !request.row)
    return fail(ErrorKind::kCorrupt, "an install without a row");
  if (request.operation == Operation::kPrepare && request.ballot.is_zero())
    return fail(ErrorKind::kCorrupt, "a prepare without a ballot");
  return {};
}

}  // namespace

Result<void> require_fitting(const std::vector<Companion>& companions) {
  constexpr size_t kBytesMax = kTableMessageBytesMax - (1u << 20);  // the row needs some, too
  constexpr size_t kBytesOfTags = 32;
  size_t bytes = 0;
  for (const auto& companion : companions) bytes += companion.key.size() + companion.value.size() + kBytesOfTags;
  if (companions.size() <= kCompanionsOfWriteMax && bytes <= kBytesMax) return {};
  return fail(ErrorKind::kUnsupported, "this object consists of more blocks or parts than several nodes can keep");
}

std::string encode_request(const Request& request) {
  auto out = codec::TlvWriter::nested();
  out.u64(kTagOperation, static_cast<uint64_t>(request.operation));
  out.u64(kTagFamily, static_cast<uint64_t>(request.family));
  out.u64(kTagStage, request.stage);
  out.bytes(kTagKey, request.key);
  if (!request.ballot.is_zero()) out.bytes(kTagBallot, view(ord_bytes(request.ballot)));
  if (request.row) out.bytes(kTagRow, encode_row(request.key, *request.row));
  if (request.companions_wanted) out.u64(kTagCompanionsWanted, 1);
  write_companions(out, kTagCompanion, request.companions);
  if (request.unless_aborted) out.bytes(kTagUnlessAborted, request.unless_aborted->view());
  if (request.abort_upload) out.bytes(kTagAbortUpload, request.abort_upload->view());
  if (request.companions_at) out.bytes(kTagCompanionsAt, request.companions_at->view());
  if (!request.witnessed.is_zero()) out.bytes(kTagWitnessed, view(ord_bytes(request.witnessed)));
  if (request.operation != Operation::kRead) out.u64(kTagPurpose, static_cast<uint64_t>(request.purpose));
  if (request.settles) out.u64(kTagSettles, 1);
  if (request.adds) out.u64(kTagAdds, 1);
  return std::move(out).take_body();
}

Result<Request> decode_request(std::string_view encoded) {
  Request request;
  request.purpose = Purpose::kUnsaid;
  std::string_view row;
  uint64_t operation = 0;
  auto in = codec::TlvReader::nested(encoded);
  while (in.next()) {
    switch (in.tag()) {
      case kTagOperation:
        operation = in.number();
        break;
      case kTagFamily:
        read_family(in, request.family);
        break;
      case kTagStage:
        request.stage = in.number();
        break;
      case kTagKey:
        request.key = in.bytes();
        break;
      case kTagBallot:
        read_ord(in, request.ballot);
        break;
      case kTagRow:
        row = in.bytes();
        break;
      case kTagCompanionsWanted:
        request.companions_wanted = in.number() != 0;
        break;
      case kTagCompanion:
        read_companion(in, request.companions);
        break;
      case kTagCompanionsAt:
        request.companions_at = NodeId::from_raw(in.bytes());
        if (!request.companions_at) in.mark_damaged();
        break;
      case kTagUnlessAborted:
        request.unless_aborted = Uuid::from_raw(in.bytes());
        if (!request.unless_aborted) in.mark_damaged();
        break;
      case kTagAbortUpload:
        request.abort_upload = Uuid::from_raw(in.bytes());
        if (!request.abort_upload) in.mark_damaged();
        break;
      case kTagWitnessed:
        read_ord(in, request.witnessed);
        break;
      case kTagPurpose:
        read_purpose(in, request.purpose);
        break;
      case kTagSettles:
        request.settles = in.number() != 0;
        break;
      case kTagAdds:
        request.adds = in.number() != 0;
        break;
      default:
        break;
    }
  }
  CHECK_OK(in.status());
  if (operation < 1 || operation > 3) return fail(ErrorKind::kUnsupported, "an operation of a newer program");
  request.operation = static_cast<Operation>(operation);
  if (row.data() != nullptr) {
    TRY(request.row, decode_row(request.key, row));
  }
  CHECK_OK(check(request));
  return request;
}

std::string encode_reply(std::string_view key, const Reply& reply) {
  auto out = codec::TlvWriter::nested();
  out.u64(kTagVerdict, static_cast<uint64_t>(reply.verdict));
  if (reply.row) out.bytes(kTagReplyRow, encode_row(key, *reply.row));
  if (!reply.seen.is_zero()) out.bytes(kTagSeen, view(ord_bytes(reply.seen)));
  out.u64(kTagReplyStage, reply.stage);
  write_companions(out, kTagReplyCompanion, reply.companions);
  if (reply.companions_too_many) out.u64(kTagCompanionsTooMany, 1);
  if (reply.note) write_note(out, *reply.note);
  return std::move(out).take_body();
}

Result<Reply> decode_reply(std::string_view key, std::string_view encoded) {
  Reply reply;
  std::string_view row;
  uint64_t verdict = 0;
  auto in = codec::TlvReader::nested(encoded);
  while (in.next()) {
    switch (in.tag()) {
      case kTagVerdict:
        verdict = in.number();
        break;
      case kTagReplyRow:
        row = in.bytes();
        break;
      case kTagSeen:
        read_ord(in, reply.seen);
        break;
      case kTagReplyStage:
        reply.stage = in.number();
        break;
      case kTagReplyCompanion:
        read_companion(in, reply.companions);
        break;
      case kTagCompanionsTooMany:
        reply.companions_too_many = in.number() != 0;
        break;
      case kTagNote:
        read_note(in, reply.note);
        break;
      default:
        break;
    }
  }
  CHECK_OK(in.status());
  if (verdict < 1 || verdict > 6) return fail(ErrorKind::kUnsupported, "a verdict of a newer program");
  reply.verdict = static_cast<Verdict>(verdict);
  if (row.data() != nullptr) {
    TRY(reply.row, decode_row(key, row));
  }
  return reply;
}

}  // namespace garage::table
