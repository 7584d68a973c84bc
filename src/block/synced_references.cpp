#include "block/synced_references.hpp"

#include <algorithm>
#include <utility>

#include "block/reference.hpp"
#include "block/reference_messages.hpp"

namespace garage::block {
namespace {

Result<ReferenceName> name_of(std::string_view key) {
  const auto hash = BlockHash::from_raw(key.substr(0, BlockHash::kSize));
  const auto owner = Uuid::from_raw(key.substr(std::min(BlockHash::kSize, key.size())));
  if (!hash || !owner) return fail(ErrorKind::kCorrupt, "not the key of a reference");
  return ReferenceName{*hash, *owner};
}

}  // namespace

Result<Ord> SyncedReferences::version_of(std::string_view key, std::string_view value) const {
  TRY(const auto name, name_of(key));
  TRY(const auto reference, decode_reference(name.hash, name.owner, value));
  return reference.ceiling;
}

Task<Result<void>> SyncedReferences::push(NodeId to, std::string key) {
  CO_TRY(const auto name, name_of(key));
  CO_TRY(auto reference, co_await holder_.reference(name));
  if (!reference) co_return Result<void>();  // it has gone meanwhile
  co_return co_await replicas_.tell(to, name.owner, std::move(*reference), name.hash);
}

Task<Result<void>> SyncedReferences::pull(NodeId from, std::string key) {
  CO_TRY(const auto name, name_of(key));
  CO_TRY(auto reference, co_await replicas_.ask_for_reference(from, name));
  if (!reference) co_return Result<void>();
  ReferMessage message{name.owner, std::move(*reference), ReferMode::kHint, {name.hash}};
  CO_TRY([[maybe_unused]] const auto fetched, co_await holder_.refer(std::move(message)));
  co_return Result<void>();
}

}  // namespace garage::block
