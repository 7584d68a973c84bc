// What a replica remembers of a multipart upload beside the promise of its object's row, one of two things:
//
//   over   The upload has been aborted, or is done with: the replica refuses every later PREPARE that would complete
//   it.
//          Written by the PREPARE of a full round; whoever wrote it on a quorum knows that no completion can be decided
//          above that ballot. INSTALL never looks at it.
//   note   Which write made the upload an object, as far as this replica knows. Written by whoever acknowledges an
//          INSTALL of that write, also where a newer row is here already: so once it is chosen, every PREPARE that
//          would complete the upload again meets a note of it, whatever has taken the object's place since. A note
//          refuses nothing: a write that was never chosen leaves one too. The coordinator who is told judges it.
//
// Over stays over. Of one write the lowest ord stays. A note of another write takes its place from above: that one was
// decided by somebody who found that the first had not been chosen, and never would be.
//
// Kept for ever, about a hundred bytes an upload: a coordinator may come back after any time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/ord.hpp"
#include "base/result.hpp"
#include "kv/commit_queue.hpp"

namespace garage::table {

struct Completion;
struct Row;

struct CompletionNote {
  Uuid write;
  Ord ord;                   // of its first install that was acknowledged here
  bool conditional = false;  // its client set a condition, or nobody knows
  friend bool operator==(const CompletionNote&, const CompletionNote&) = default;
};

struct UploadMark {
  bool over = false;
  std::optional<CompletionNote> note;
};

// In Family::kPromise: 0xff, the upload, then the family's byte and the row key.
std::string upload_mark_key(kv::Family family, std::string_view row_key, const Uuid& upload);
std::string encode_note(std::string_view mark_key, const CompletionNote& note);
// A damaged mark counts as over.
UploadMark decode_upload_mark(std::string_view mark_key, std::string_view encoded);

// In Change::apply.
Result<UploadMark> read_upload_mark(kv::View& view, kv::Family family, std::string_view row_key, const Uuid& upload);
void put_over(kv::Batch& batch, kv::Family family, std::string_view row_key, const Uuid& upload, Ord ballot);
// `row` is acknowledged here, and its value is what the upload became.
Result<void> note_completion(kv::View& view, kv::Batch& batch, kv::Family family, std::string_view row_key,
                             const Completion& completion, const Row& row);

}  // namespace garage::table
