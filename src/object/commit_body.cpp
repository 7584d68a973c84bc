#include "object/commit_body.hpp"

#include <algorithm>
#include <utility>

#include "block/reference.hpp"
#include "model/settings_rows.hpp"
#include "table/row.hpp"

namespace garage::object {
namespace {

constexpr size_t kNamedReadsMax = 64;  // more would make the common read of a batch too large

}  // namespace

kv::Key bucket_row(const BucketId& bucket) {
  return {kv::Family::kSettings, model::bucket_row_key(bucket)};
}

Result<void> require_bucket(kv::View& view, const kv::Key& bucket_row) {
  TRY(const auto encoded, view.get(bucket_row.family, bucket_row.bytes));
  if (!encoded) return fail(ErrorKind::kNotFound, "the bucket does not exist");
  TRY(const auto row, table::decode_row_view(bucket_row.bytes, *encoded));
  if (!row.value) return fail(ErrorKind::kNotFound, "the bucket was deleted");
  return {};
}

Task<Result<void>> require_bucket(Core& core, BucketId bucket) {
  CO_TRY(const bool takes, co_await core.cluster->takes_writes(bucket));
  if (!takes) co_return fail(ErrorKind::kNotFound, "the bucket does not exist");
  co_return Result<void>();
}

Task<Result<SettledBody>> settle_body(Core& core, BucketId bucket, const StoredBody& body, bool replicated) {
  SettledBody settled{replicated, std::nullopt, body.outgoing};
  if (replicated) CO_CHECK_OK(co_await require_bucket(core, bucket));
  if (settled.outgoing) {
    CO_TRY(settled.ceiling, co_await settled.outgoing->commit());
  }
  if (!body.holds.empty()) {
    const auto synced = co_await core.blocks.sync();
    // The disk that failed may be another one than those that have this body.
    const bool lost = std::ranges::any_of(body.holds, &block::BlockHold::is_lost);
    if (!synced && lost) co_return std::unexpected(synced.error());
  }
  co_return settled;
}

CommitBody::CommitBody(Core& core, BucketId bucket, Uuid owner, std::string row_key, Uuid upload, StoredBody body)
    : bucket_row_(bucket_row(bucket)),
      row_key_(std::move(row_key)),
      upload_(upload),
      body_(std::move(body)),
      digests_(core.blocks.digests()) {
  place_.owner = owner;
  place_.bytes = body_.digests.bytes;
  place_.is_inline = body_.is_inline;
  place_.block_bytes = body_.block_bytes;
  if (body_.blocks.size() <= model::kBlocksInRowMax) {
    place_.blocks = body_.blocks;
  } else {
    place_.manifest_pages = static_cast<uint32_t>((body_.blocks.size() - 1) / model::kBlocksPerManifestPage + 1);
  }
}

std::vector<table::Companion> CommitBody::companions() {
  std::vector<table::Companion> out;
  if (place_.is_inline) {
    out.push_back({kv::Family::kInline, std::string(place_.owner.view()), std::move(body_.inline_bytes)});
  }
  for (uint32_t page = 0; page < place_.manifest_pages; ++page) {
    const size_t first = page * model::kBlocksPerManifestPage;
    const size_t count = std::min(model::kBlocksPerManifestPage, body_.blocks.size() - first);
    std::string key = model::manifest_key(place_.owner, page);
    std::string value = model::encode_block_page(key, body_.blocks.data() + first, count);
    out.push_back({kv::Family::kManifest, std::move(key), std::move(value)});
  }
  return out;
}

void CommitBody::reads(std::vector<kv::Key>& out) const {
  out.push_back(bucket_row_);
  if (body_.holds.size() + body_.shared.size() > kNamedReadsMax) return;
  for (const auto& hold : body_.holds) {
    out.push_back(block::BlockStore::index_key(hold.hash()));
    out.push_back({kv::Family::kBlockRef, block::reference_key(hold.hash(), place_.owner)});
  }
  for (const BlockHash& hash : body_.shared) {
    out.push_back(block::BlockStore::index_key(hash));
    out.push_back({kv::Family::kBlockRef, block::reference_key(hash, place_.owner)});
  }
}

Result<void> CommitBody::apply(kv::View& view, kv::Batch& batch, Ord ord) {
  CHECK_OK(require_bucket(view, bucket_row_));
  block::ReferenceDigests digests(digests_);
  for (const auto& hold : body_.holds) {
    CHECK_OK(hold.add_to_index(view, batch));
    // The lease ends where the row is installed: reference and row are one batch, so nothing is ever retried above it.
    CHECK_OK(block::add_reference(view, batch, hold.hash(), place_.owner, {ord, row_key_, upload_}, &digests));
  }
  for (const BlockHash& hash : body_.shared) {
    const kv::Key index = block::BlockStore::index_key(hash);
    TRY(const auto found, view.get(index.family, index.bytes));
    if (!found) return fail(ErrorKind::kNotFound, "the source was deleted meanwhile");
    CHECK_OK(block::add_reference(view, batch, hash, place_.owner, {ord, row_key_, upload_}, &digests));
  }
  return digests.finish(view, batch);
}

void CommitBody::committed() {
  for (auto& hold : body_.holds) hold.committed();
}

}  // namespace garage::object
