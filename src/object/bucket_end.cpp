// The end of a bucket: only an empty one may go, and its open uploads go with it.
#include <memory>
#include <utility>

#include "object/core.hpp"
#include "object/usage_counter.hpp"

namespace garage::object {
namespace {

Error not_empty() {
  return {ErrorKind::kExists, "the bucket is not empty"};
}

// Rides with the tombstone of the bucket's row. Nothing was there when the bucket was listed; an object that came since
// has changed the counter, and one that comes later finds no bucket.
class StillEmpty : public table::CommitExtra {
 public:
  StillEmpty(const BucketId& bucket, uint64_t objects) : bucket_(bucket), objects_(objects) {}
  void reads(std::vector<kv::Key>& out) const override { out.push_back(usage_row(bucket_)); }
  Result<void> apply(kv::View& view, kv::Batch&, Ord) override {
    const kv::Key key = usage_row(bucket_);
    TRY(const auto encoded, view.get(key.family, key.bytes));
    if (!encoded) return {};
    TRY(const auto counter, decode_usage(bucket_, *encoded));
    if (static_cast<uint64_t>(counter.objects) != objects_) return std::unexpected(not_empty());
    return {};
  }

 private:
  BucketId bucket_;
  uint64_t objects_;
};

}  // namespace

Task<Result<std::shared_ptr<table::CommitExtra>>> Objects::require_empty(BucketRef bucket) {
  CO_TRY(const BucketUsage before, co_await usage(bucket.id));
  ListQuery any;
  any.bucket = bucket.id;
  any.spread = bucket.spread;
  any.items_max = 1;
  CO_TRY(const ListPage page, co_await list(std::move(any)));
  if (!page.objects.empty()) co_return std::unexpected(not_empty());
  // Several nodes have no common commit: an object that comes in the same moment is left without its bucket.
  if (core_->replicated()) co_return std::shared_ptr<table::CommitExtra>();
  co_return std::make_shared<StillEmpty>(bucket.id, before.objects);
}

Task<Result<uint64_t>> Objects::abort_uploads(BucketRef bucket, uint64_t initiated_before_ms) {
  UploadQuery query;
  query.bucket = bucket.id;
  query.spread = bucket.spread;
  uint64_t aborted = 0;
  for (;;) {
    CO_TRY(const UploadPage page, co_await list_uploads(query));
    for (const auto& upload : page.uploads) {
      if (upload.initiated_ms >= initiated_before_ms) continue;
      const auto ended = co_await abort_upload(bucket, upload.key, upload.id);
      if (!ended && ended.error().kind == ErrorKind::kNotFound) continue;  // meanwhile, by somebody else
      if (!ended) co_return std::unexpected(ended.error());
      ++aborted;
    }
    if (!page.truncated) co_return aborted;
    query.key_marker = page.next_key_marker;
    query.upload_marker = page.next_upload_marker;
  }
}

}  // namespace garage::object
