// The end of a bucket: only an empty one may go, and its open uploads go with it.
#include <functional>
#include <memory>
#include <utility>

#include "base/log.hpp"
#include "model/settings.hpp"
#include "object/bucket_closing.hpp"
#include "object/closing_replica.hpp"
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
    TRY(const auto counter, usage_held(bucket_, encoded));
    if (static_cast<uint64_t>(counter.objects) != objects_) return std::unexpected(not_empty());
    return {};
  }

 private:
  BucketId bucket_;
  uint64_t objects_;
};

// They have no common commit: docs/decisions/delete-bucket.md.
Task<Result<void>> delete_on_several(Objects& objects, model::Settings& settings, BucketRef bucket) {
  CO_TRY(auto begun, co_await settings.begin_deletion(bucket.id));
  std::function<Task<Result<void>>()> renew = [&settings, id = bucket.id, attempt = begun.attempt] {
    return settings.renew_deletion(id, attempt);
  };
  auto closed = co_await objects.close_bucket(bucket, begun.attempt, std::move(begun.row), std::move(renew));
  if (closed) co_return co_await settings.finish_deletion(bucket.id, begun.attempt);
  const auto back = co_await settings.take_back_deletion(bucket.id, begun.attempt);
  if (!back) LOG_INFO("object", "bucket {} stays closed for a while: {}", bucket.id.hex(), back.error().message);
  co_return closed;
}

}  // namespace

Task<Result<std::shared_ptr<table::CommitExtra>>> Objects::require_empty(BucketRef bucket) {
  CO_TRY(const BucketUsage before, co_await usage(bucket.id));
  ListQuery any;
  any.bucket = bucket.id;
  any.spread = bucket.spread;
  any.items_max = 1;
  CO_TRY(const ListPage page, co_await list(std::move(any)));
  if (!page.objects.empty()) co_return std::unexpected(not_empty());
  if (core_->replicated()) co_return std::shared_ptr<table::CommitExtra>();
  co_return std::make_shared<StillEmpty>(bucket.id, before.objects);
}

Task<Result<void>> Objects::delete_bucket(model::Settings& settings, BucketRef bucket) {
  CO_TRY(auto guard, co_await require_empty(bucket));
  if (guard) {
    CO_CHECK_OK(co_await settings.delete_bucket(bucket.id, std::move(guard)));
  } else {
    CO_CHECK_OK(co_await delete_on_several(*this, settings, bucket));
  }
  CO_TRY([[maybe_unused]] const uint64_t aborted, co_await abort_uploads(bucket, UINT64_MAX));
  co_return Result<void>();
}

Task<Result<void>> Objects::close_bucket(BucketRef bucket, Uuid attempt, std::string row,
                                         std::function<Task<Result<void>>()> renew) {
  CloseRequest request{.bucket = bucket.id, .attempt = attempt, .row = std::move(row), .shards = {}, .from = {}};
  const auto closing = std::make_shared<BucketClosing>(*core_, std::move(request), bucket.spread, std::move(renew));
  co_return co_await closing->run();
}

Task<Result<std::string>> Objects::answer_close(std::string encoded) {
  CO_TRY(auto request, decode_close_request(encoded));
  CO_TRY(const auto answer, co_await hold_and_look(*core_, std::move(request)));
  co_return encode_close_answer(answer);
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
