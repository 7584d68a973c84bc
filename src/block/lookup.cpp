#include "block/lookup.hpp"

#include <set>
#include <string>
#include <utility>

namespace garage::block {
namespace {

// The smallest hash that begins with these digits.
std::string first_with(std::string_view hex_prefix) {
  std::string padded(hex_prefix);
  padded.resize(2 * BlockHash::kSize, '0');
  const auto hash = BlockHash::from_hex(padded);
  return hash ? std::string(hash->view()) : std::string();
}

}  // namespace

Result<std::vector<BlockHash>> find_blocks(kv::Store& store, std::string_view hex_prefix, size_t blocks_max) {
  const std::string from = first_with(hex_prefix);
  if (from.empty() || hex_prefix.size() > 2 * BlockHash::kSize) return fail(ErrorKind::kInvalid, "not hex digits");
  std::set<BlockHash> found;
  for (const kv::Family family : {kv::Family::kBlockIndex, kv::Family::kBlockRef}) {
    size_t count = 0;
    auto rows = store.iterate(family, {});
    std::string next = from;
    for (rows->seek(next); rows->valid() && count < blocks_max; rows->seek(next)) {
      const auto hash = BlockHash::from_raw(rows->key().substr(0, BlockHash::kSize));
      if (!hash || !hash->hex().starts_with(hex_prefix)) break;
      found.insert(*hash);
      ++count;
      next = std::string(hash->view()) + std::string(Uuid::kSize + 1, '\xff');
    }
    CHECK_OK(rows->status());
  }
  std::vector<BlockHash> out(found.begin(), found.end());
  if (out.size() > blocks_max) out.resize(blocks_max);
  return out;
}

Result<std::vector<OwnedReference>> references_of(kv::Store& store, const BlockHash& hash, size_t references_max) {
  std::vector<OwnedReference> out;
  auto rows = store.iterate(kv::Family::kBlockRef, {});
  for (rows->seek(hash.view()); rows->valid() && rows->key().starts_with(hash.view()) && out.size() < references_max;
       rows->next()) {
    const auto owner = Uuid::from_raw(rows->key().substr(BlockHash::kSize));
    if (!owner) continue;
    auto reference = decode_reference(hash, *owner, rows->value());
    if (reference) out.push_back({*owner, std::move(*reference)});
  }
  CHECK_OK(rows->status());
  return out;
}

}  // namespace garage::block
