// The mark that a multipart upload has been aborted, or is over, beside the promise of its object's row: a replica that
// has it refuses every later PREPARE that would complete the upload. Written by the PREPARE of a full round; whoever
// wrote it on a quorum knows that no completion can be decided above that ballot. INSTALL never looks at it.
//
// Kept for ever, about a hundred bytes an upload: a coordinator may come back after any time.
#pragma once

#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/ord.hpp"
#include "base/result.hpp"
#include "kv/commit_queue.hpp"

namespace garage::table {

// In Family::kPromise: 0xff, the upload, then the family's byte and the row key.
std::string aborted_key(kv::Family family, std::string_view row_key, const Uuid& upload);
// In Change::apply. A damaged mark counts as one.
Result<bool> is_aborted(kv::View& view, kv::Family family, std::string_view row_key, const Uuid& upload);
void put_aborted(kv::Batch& batch, kv::Family family, std::string_view row_key, const Uuid& upload, Ord ballot);

}  // namespace garage::table
