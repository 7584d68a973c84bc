// Who owns a block's reference, and what to do about it where the block is lost.
#include <utility>

#include "object/core.hpp"
#include "object/upload_access.hpp"
#include "object/upload_rows.hpp"
#include "object/verdict.hpp"
#include "object/write_object.hpp"
#include "table/row_key.hpp"

namespace garage::object {
namespace {

Task<Result<bool>> is_named(Core& core, std::string row_key, Uuid owner) {
  CO_TRY(auto row, co_await core.objects->read(row_key));
  CO_TRY(const auto owners, co_await owners_named(core, std::move(row_key), std::move(row)));
  co_return owners.contains(owner);
}

}  // namespace

Task<Result<BlockOwner>> Objects::owner_of(Uuid owner, std::string backlink, Uuid upload) {
  BlockOwner out;
  if (upload.is_zero()) {
    CO_TRY(const auto place, table::parse_shard_prefix(backlink));
    out.bucket = place.bucket;
    out.key = place.rest;
    out.object_row = backlink;
  } else {
    CO_TRY(auto place, parse_upload_row_key(backlink));
    out.bucket = place.bucket;
    out.key = std::move(place.key);
    out.upload = upload;
    out.upload_row = upload_row_of_part(backlink);
    CO_TRY(out.object_row, object_row_beside(out.upload_row));
    CO_TRY(const auto row, co_await core_->uploads->read(out.upload_row));
    if (row && row->value) {
      CO_TRY(const auto found, model::decode_upload(*row->value));
      out.upload_open = found.state == model::UploadState::kOpen;
    }
  }
  CO_TRY(out.named, co_await is_named(*core_, out.object_row, owner));
  co_return out;
}

Task<Result<void>> Objects::give_up(BlockOwner owner) {
  if (owner.upload_open) {
    auto aborted = co_await abort_upload_row(*core_, owner.upload_row);
    if (!aborted && aborted.error().kind != ErrorKind::kNotFound) co_return aborted;
  }
  if (owner.named) co_return co_await write_tombstone(*core_, std::move(owner.object_row), {});
  co_return Result<void>();
}

}  // namespace garage::object
