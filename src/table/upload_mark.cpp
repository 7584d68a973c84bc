#include "table/upload_mark.hpp"

#include <algorithm>
#include <utility>

#include "codec/tlv.hpp"
#include "table/ord_codec.hpp"
#include "table/promise.hpp"
#include "table/register.hpp"
#include "table/row.hpp"

namespace garage::table {
namespace {

constexpr char kMarkByte = '\xff';  // no family has this number

constexpr Ord kBelowAllFloors{0, 1};

// Format 1 is that of a promise, and says that the upload is over.
constexpr uint8_t kNoteVersion = 2;
enum NoteTag : uint32_t { kTagOrd = 1, kTagWrite = 2, kTagConditional = 3 };

Result<CompletionNote> decode_note(std::string_view mark_key, std::string_view encoded) {
  TRY(auto in, codec::TlvReader::open(mark_key, encoded, kNoteVersion));
  if (in.version() != kNoteVersion) return fail(ErrorKind::kCorrupt, "no note");
  CompletionNote note;
  while (in.next()) {
    switch (in.tag()) {
      case kTagOrd:
        if (in.bytes().size() != kOrdBytes) return fail(ErrorKind::kCorrupt, "a note's ord is damaged");
        note.ord = load_ord(in.bytes().data());
        break;
      case kTagWrite:
        note.write = Uuid::from_raw(in.bytes()).value_or(Uuid{});
        break;
      case kTagConditional:
        note.conditional = in.number() != 0;
        break;
      default:
        break;
    }
  }
  CHECK_OK(in.status());
  if (note.write.is_zero() || note.ord.is_zero()) return fail(ErrorKind::kCorrupt, "a note of no write");
  return note;
}

CompletionNote note_of(const Completion& completion, const Row& row) {
  const CompletionNote by_row{completion.write, row.ord, completion.conditional};
  if (row.uuid == completion.write) return by_row;
  // An edit of the write, which has not been here itself.
  const auto ancestor = std::ranges::find(row.lineage, completion.write, &std::pair<Uuid, Ord>::first);
  if (ancestor != row.lineage.end()) return {completion.write, ancestor->second, completion.conditional};
  // It has left the lineage. Where the edit is not found any more, nobody knows.
  return {completion.write, kBelowAllFloors, true};
}

}  // namespace

std::string upload_mark_key(kv::Family family, std::string_view row_key, const Uuid& upload) {
  std::string out(1, kMarkByte);
  out.append(upload.view());
  out.append(promise_key(family, row_key));
  return out;
}

std::string encode_note(std::string_view mark_key, const CompletionNote& note) {
  codec::TlvWriter out(kNoteVersion);
  out.bytes(kTagOrd, view(ord_bytes(note.ord)));
  out.bytes(kTagWrite, note.write.view());
  if (note.conditional) out.u64(kTagConditional, 1);
  return std::move(out).finish(mark_key);
}

UploadMark decode_upload_mark(std::string_view mark_key, std::string_view encoded) {
  UploadMark mark;
  if (auto note = decode_note(mark_key, encoded)) {
    mark.note = *note;
  } else {
    mark.over = true;
  }
  return mark;
}

Result<UploadMark> read_upload_mark(kv::View& view, kv::Family family, std::string_view row_key, const Uuid& upload) {
  const std::string key = upload_mark_key(family, row_key, upload);
  TRY(const auto encoded, view.get(kv::Family::kPromise, key));
  return encoded ? decode_upload_mark(key, *encoded) : UploadMark{};
}

void put_over(kv::Batch& batch, kv::Family family, std::string_view row_key, const Uuid& upload, Ord ballot) {
  std::string key = upload_mark_key(family, row_key, upload);
  std::string value = encode_promise(key, ballot);
  batch.put(kv::Family::kPromise, std::move(key), std::move(value));
}

Result<void> note_completion(kv::View& view, kv::Batch& batch, kv::Family family, std::string_view row_key,
                             const Completion& completion, const Row& row) {
  TRY(const UploadMark mark, read_upload_mark(view, family, row_key, completion.upload));
  if (mark.over) return {};
  const CompletionNote note = note_of(completion, row);
  if (mark.note) {
    const bool same_write = mark.note->write == note.write;
    const bool stays =
        same_write ? mark.note->ord <= note.ord || note.ord == kBelowAllFloors : row.ord < mark.note->ord;
    if (stays) return {};
  }
  std::string key = upload_mark_key(family, row_key, completion.upload);
  std::string value = encode_note(key, note);
  batch.put(kv::Family::kPromise, std::move(key), std::move(value));
  return {};
}

}  // namespace garage::table
