#include "block/reference.hpp"

#include <map>
#include <optional>
#include <set>

#include "base/log.hpp"
#include "codec/tlv.hpp"

namespace garage::block {
namespace {

constexpr uint8_t kReferenceFormat = 1;
enum Tag : uint32_t { kCeilingMs = 1, kCeilingTie = 2, kBacklink = 3, kUpload = 4 };

// Above every key that begins with `hash`.
std::string end_of(const BlockHash& hash) {
  std::string until(hash.view());
  until.append(Uuid::kSize + 1, '\xff');
  return until;
}

Result<std::optional<std::string>> first_reference(kv::View& view, const BlockHash& hash, std::string_view from) {
  return view.first_key(kv::Family::kBlockRef, from, end_of(hash));
}

// What a change has done to references so far, which its view does not show.
class OwnReferences {
 public:
  explicit OwnReferences(const kv::Batch& batch) {
    for (const auto& entry : batch.entries()) {
      if (entry.family == kv::Family::kBlockRef) present_[entry.key] = entry.value.has_value();
    }
  }
  bool removed(const std::string& key) const {
    auto it = present_.find(key);
    return it != present_.end() && !it->second;
  }
  void note_removed(const std::string& key) { present_[key] = false; }

  Result<bool> is_referenced(kv::View& view, const BlockHash& hash) const {
    for (auto it = present_.lower_bound(hash.view()); it != present_.end() && it->first.starts_with(hash.view());
         ++it) {
      if (it->second) return true;
    }
    std::string from(hash.view());
    for (;;) {
      TRY(auto key, first_reference(view, hash, from));
      if (!key) return false;
      if (!removed(*key)) return true;
      from = *key + '\0';
    }
  }

 private:
  std::map<std::string, bool, std::less<>> present_;
};

}  // namespace

void ReferenceDigests::replace(std::string_view key, Ord before, Ord after) {
  if (keeper_ == nullptr || !keeper_->on()) return;
  // The view does not show what this change has done itself: the first "before" is the one that counts.
  const auto it = changed_.find(key);
  if (it == changed_.end()) {
    changed_.emplace(key, std::pair(before, after));
  } else {
    it->second.second = after;
  }
}

Result<void> ReferenceDigests::finish(kv::View& view, kv::Batch& batch) {
  if (changed_.empty()) return {};
  table::DigestChange change;
  for (const auto& [key, versions] : changed_) {
    change.replace(kv::Family::kBlockRef, key, versions.first, versions.second);
  }
  changed_.clear();
  return change.apply(view, batch);
}

std::string reference_key(const BlockHash& hash, const Uuid& owner) {
  std::string key(hash.view());
  key.append(owner.view());
  return key;
}

std::string encode_reference(const BlockHash& hash, const Uuid& owner, const Reference& reference) {
  codec::TlvWriter writer(kReferenceFormat);
  writer.u64(kCeilingMs, reference.ceiling.hybrid_ms);
  writer.u64(kCeilingTie, reference.ceiling.tie);
  writer.bytes(kBacklink, reference.backlink);
  if (!reference.upload.is_zero()) writer.bytes(kUpload, reference.upload.view());
  writer.fields(reference.unknown);
  return std::move(writer).finish(reference_key(hash, owner));
}

Result<Reference> decode_reference(const BlockHash& hash, const Uuid& owner, std::string_view value) {
  TRY(auto reader, codec::TlvReader::open(reference_key(hash, owner), value, kReferenceFormat));
  Reference out;
  while (reader.next()) {
    switch (reader.tag()) {
      case kCeilingMs:
        out.ceiling.hybrid_ms = reader.number();
        break;
      case kCeilingTie:
        out.ceiling.tie = reader.number();
        break;
      case kBacklink:
        out.backlink = reader.bytes();
        break;
      case kUpload:
        out.upload = reader.id<Uuid>();
        break;
      default:
        reader.keep(out.unknown);
    }
  }
  CHECK_OK(reader.status());
  return out;
}

Result<void> add_reference(kv::View& view, kv::Batch& batch, const BlockHash& hash, const Uuid& owner,
                           const Reference& reference, ReferenceDigests* digests) {
  const std::string key = reference_key(hash, owner);
  TRY(auto value, view.get(kv::Family::kBlockRef, key));
  Ord before;
  if (value) {
    // A damaged row is written anew; a lower ceiling never takes the place of a higher one.
    auto existing = decode_reference(hash, owner, *value);
    if (existing && existing->ceiling >= reference.ceiling) return {};
    if (existing) before = existing->ceiling;
  }
  if (digests != nullptr) digests->replace(key, before, reference.ceiling);
  batch.put(kv::Family::kBlockRef, key, encode_reference(hash, owner, reference));
  return {};
}

Result<bool> is_referenced(kv::View& view, const BlockHash& hash) {
  TRY(auto first, first_reference(view, hash, hash.view()));
  return first.has_value();
}

Result<void> drop_references(kv::View& view, kv::Batch& batch, BlockStore::Removal& removal, const Uuid& owner,
                             const std::vector<BlockHash>& hashes, Ord judged, ReferenceDigests* digests) {
  OwnReferences own(batch);
  for (const BlockHash& hash : hashes) {
    const std::string key = reference_key(hash, owner);
    TRY(auto value, view.get(kv::Family::kBlockRef, key));
    if (value && !own.removed(key)) {
      auto reference = decode_reference(hash, owner, *value);
      if (!reference) {
        // What can't be read can't be judged: the block stays until a peer's copy has repaired the row.
        LOG_WARN("block", "reference of {} to block {}: {}", owner.hex(), hash.hex(), reference.error().message);
        continue;
      }
      if (reference->ceiling > judged) continue;
      if (digests != nullptr) digests->replace(key, reference->ceiling, Ord{});
      batch.remove(kv::Family::kBlockRef, key);
      own.note_removed(key);
    }
    TRY(const bool referenced, own.is_referenced(view, hash));
    if (!referenced) CHECK_OK(removal.remove(view, batch, hash));
  }
  return {};
}

Result<void> let_references_go(kv::View& view, kv::Batch& batch, BlockStore::Removal& removal,
                               const SeenReferences& seen, ReferenceDigests* digests) {
  OwnReferences own(batch);
  std::set<BlockHash> touched;
  for (const auto& [key, value_then] : seen) {
    const auto hash = BlockHash::from_raw(std::string_view(key).substr(0, BlockHash::kSize));
    const auto owner = Uuid::from_raw(std::string_view(key).substr(BlockHash::kSize));
    if (!hash || !owner) continue;
    TRY(const auto value, view.get(kv::Family::kBlockRef, key));
    if (!value || *value != value_then) continue;
    const auto reference = decode_reference(*hash, *owner, value_then);
    if (!reference) continue;
    if (digests != nullptr) digests->replace(key, reference->ceiling, Ord{});
    batch.remove(kv::Family::kBlockRef, key);
    own.note_removed(key);
    touched.insert(*hash);
  }
  for (const BlockHash& hash : touched) {
    TRY(const bool referenced, own.is_referenced(view, hash));
    if (!referenced) CHECK_OK(removal.remove(view, batch, hash));
  }
  return {};
}

}  // namespace garage::block
