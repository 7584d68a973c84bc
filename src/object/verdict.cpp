#include "object/verdict.hpp"

#include <utility>

namespace garage::object {

Task<Result<Owners>> owners_named(Core& core, std::string row_key, std::optional<table::Row> row) {
  Owners owners;
  if (!row || !row->value) co_return owners;
  CO_TRY(const auto version, model::decode_object_version(*row->value));
  owners.insert(version.body.owner);
  for (const auto& part : version.parts) owners.insert(part.body.owner);
  for (uint32_t page = 0; page < version.part_pages; ++page) {
    const std::string key = model::manifest_key(version.origin_or(row->uuid), page);
    CO_TRY(const auto encoded, co_await core.beside(row_key, kv::Family::kManifest, key));
    if (!encoded) co_return fail(ErrorKind::kUnavailable, "a page of parts can't be found");
    CO_TRY(const auto parts, model::decode_part_page(key, *encoded));
    for (const auto& part : parts) owners.insert(part.body.owner);
  }
  co_return owners;
}

Task<Result<Owners>> owners_above(Core& core, std::string row_key, Uuid owner, Ord ceiling) {
  CO_TRY(auto row, co_await core.objects->read(row_key));
  const bool above = row && row->ord > ceiling;
  CO_TRY(auto owners, co_await owners_named(core, row_key, std::move(row)));
  if (above || owners.contains(owner)) co_return owners;
  CO_TRY([[maybe_unused]] const auto turn, co_await core.verdicts.take(row_key));
  CO_TRY(auto settled, co_await core.objects->settle(row_key, {ceiling, std::nullopt}));
  if (settled.row.ord <= ceiling) co_return fail(ErrorKind::kUnavailable, "the row is not above the lease yet");
  co_return co_await owners_named(core, row_key, std::move(settled.row));
}

Task<Result<Owners>> owners_after_upload(Core& core, std::string row_key, Uuid upload) {
  CO_TRY([[maybe_unused]] const auto turn, co_await core.verdicts.take(row_key));
  CO_TRY(auto settled, co_await core.objects->settle(row_key, {Ord{}, upload}));
  co_return co_await owners_named(core, row_key, std::move(settled.row));
}

}  // namespace garage::object
