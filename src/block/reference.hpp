// References: who needs a block. Key (hash, owner); the owner is the uuid of a version or of one part attempt. A block
// without a reference is collected; a reference is dropped only on the verdict that its owner is dead.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "base/ord.hpp"
#include "base/result.hpp"
#include "block/block_store.hpp"
#include "codec/tlv.hpp"
#include "kv/commit_queue.hpp"
#include "table/digest.hpp"

namespace garage::block {

struct Reference {
  Ord ceiling;           // end of the writer's lease: it sends no install of this owner above it
  std::string backlink;  // the row that should name the owner: its full row key
  Uuid upload;           // of the multipart upload, zero for a plain version
  codec::UnknownFields unknown = {};
};

std::string reference_key(const BlockHash& hash, const Uuid& owner);
std::string encode_reference(const BlockHash& hash, const Uuid& owner, const Reference& reference);
Result<Reference> decode_reference(const BlockHash& hash, const Uuid& owner, std::string_view value);

// What a change does to the digests of references: one for all that one Change::apply does, finish() at its end.
class ReferenceDigests {
 public:
  // Null: none are kept.
  explicit ReferenceDigests(table::DigestKeeper* keeper) : keeper_(keeper) {}
  // Versions of references are their ceilings; zero: there is none.
  void replace(std::string_view key, Ord before, Ord after);
  Result<void> finish(kv::View& view, kv::Batch& batch);

 private:
  table::DigestKeeper* const keeper_;
  std::map<std::string, std::pair<Ord, Ord>, std::less<>> changed_;
};

// In Change::apply. Adding again keeps the higher ceiling.
Result<void> add_reference(kv::View& view, kv::Batch& batch, const BlockHash& hash, const Uuid& owner,
                           const Reference& reference, ReferenceDigests* digests = nullptr);

// In Change::apply: does anybody need this block?
Result<bool> is_referenced(kv::View& view, const BlockHash& hash);

// In Change::apply, on a verdict: drops the owner's references to these blocks, unless a reference's ceiling is above
// `judged`; blocks that nobody references any more leave the index through `removal`. May be repeated.
Result<void> drop_references(kv::View& view, kv::Batch& batch, BlockStore::Removal& removal, const Uuid& owner,
                             const std::vector<BlockHash>& hashes, Ord judged, ReferenceDigests* digests = nullptr);

// In Change::apply: lets references go that other nodes are seen to hold, if they are as they were. `seen`: row keys
// and values.
using SeenReferences = std::vector<std::pair<std::string, std::string>>;
Result<void> let_references_go(kv::View& view, kv::Batch& batch, BlockStore::Removal& removal,
                               const SeenReferences& seen, ReferenceDigests* digests);

}  // namespace garage::block
