#include "block/holder_changes.hpp"

#include "block/queue_rows.hpp"

namespace garage::block {
namespace {

// More named keys would make the common read of a batch too large.
constexpr size_t kNamedReadsMax = 64;

}  // namespace

void ReferChange::reads(std::vector<kv::Key>& out) const {
  if (message_.hashes.size() > kNamedReadsMax) return;
  for (const BlockHash& hash : message_.hashes) {
    out.push_back(BlockStore::index_key(hash));
    out.push_back({kv::Family::kBlockRef, reference_key(hash, message_.owner)});
  }
  out.push_back({kv::Family::kQueue, lease_key({message_.owner, message_.reference, message_.hashes})});
}

Result<bool> ReferChange::is_here(kv::View& view, const BlockHash& hash) const {
  if (message_.mode == ReferMode::kRaise) {
    TRY(const auto reference, view.get(kv::Family::kBlockRef, reference_key(hash, message_.owner)));
    return reference.has_value();
  }
  TRY(const auto place, view.get(kv::Family::kBlockIndex, hash.view()));
  return place.has_value();
}

Result<void> ReferChange::apply(kv::View& view, kv::Batch& batch) {
  ReferenceDigests digests(digests_);
  for (const BlockHash& hash : message_.hashes) {
    if (const auto hold = holds_.find(hash); hold != holds_.end()) {
      CHECK_OK(hold->second->add_to_index(view, batch));
    } else {
      TRY(const bool here, is_here(view, hash));
      if (!here) {
        missing_.push_back(hash);
        if (message_.mode != ReferMode::kHint) continue;
        const std::string key = fetch_key(hash);
        batch.put(kv::Family::kQueue, key, encode_fetch(key, {}));
      }
    }
    const size_t before = batch.entries().size();
    CHECK_OK(add_reference(view, batch, hash, message_.owner, message_.reference, &digests));
    if (batch.entries().size() > before) referenced_.push_back(hash);
  }
  CHECK_OK(digests.finish(view, batch));
  if (referenced_.empty()) return {};
  // Somebody has to ask one day whether the owner came to be: the writer may die before it writes the row.
  return put_lease(view, batch, {message_.owner, message_.reference, referenced_});
}

void ReferChange::committed() {
  for (auto& [hash, hold] : holds_) hold->committed();
}

void DropChange::reads(std::vector<kv::Key>& out) const {
  if (message_.hashes.size() > kNamedReadsMax) return;
  for (const BlockHash& hash : message_.hashes) {
    out.push_back({kv::Family::kBlockRef, reference_key(hash, message_.owner)});
  }
}

}  // namespace garage::block
