// The end of a bucket in steps, while other nodes write into it: docs/decisions/delete-bucket.md.
#include <algorithm>
#include <mutex>
#include <utility>

#include "model/settings.hpp"
#include "model/settings_copies.hpp"
#include "model/settings_edit.hpp"
#include "model/settings_rows.hpp"
#include "runtime/sleep.hpp"

namespace garage::model {
namespace {

constexpr int kLooksMax = 20;  // of a writer who waits for the end of a deletion
constexpr Duration kLookEvery = 50ms;

using EditBucketRow = EditRow<Bucket, decode_bucket, encode_bucket>;

std::unexpected<Error> not_this_attempt() {
  return fail(ErrorKind::kConflict, "the bucket is kept, or somebody else is deleting it");
}

std::unexpected<Error> being_deleted() {
  return fail(ErrorKind::kUnavailable, "the bucket is being deleted");
}

bool is_held_by(const Bucket* bucket, const Uuid& attempt) {
  return bucket != nullptr && bucket->deletion && bucket->deletion->attempt == attempt;
}

class RemoveIfDeleting : public table::Decision {
 public:
  explicit RemoveIfDeleting(const Uuid& attempt) : attempt_(attempt) {}
  Result<std::optional<std::string>> decide(const std::optional<table::Row>& current) override {
    if (!current || !current->value) return fail(ErrorKind::kNotFound, "does not exist");
    TRY(const Bucket bucket, decode_bucket(*current->value));
    if (!is_held_by(&bucket, attempt_)) return not_this_attempt();
    return std::optional<std::string>();
  }

 private:
  Uuid attempt_;
};

}  // namespace

Task<Result<Settings::BegunDeletion>> Settings::begin_deletion(BucketId id, std::optional<Deletion> only_over) {
  const std::string key = bucket_row_key(id);
  const Deletion deletion{random_.id<Uuid>(), clock_.wall_now().unix_ms};
  auto decision = std::make_shared<EditBucketRow>([deletion, only_over](Bucket& bucket) -> Result<void> {
    if (only_over && bucket.deletion != only_over) return not_this_attempt();
    bucket.deletion = deletion;
    return {};
  });
  CO_CHECK_OK(co_await write_row(key, std::move(decision)));
  // As it was chosen: with an ord above every row that clients could write under.
  CO_TRY(const auto row, co_await read_row(key));
  if (!row || !row->value) co_return not_this_attempt();
  CO_TRY(const Bucket bucket, decode_bucket(*row->value));
  if (!is_held_by(&bucket, deletion.attempt)) co_return not_this_attempt();
  co_return BegunDeletion{deletion.attempt, SettingsCopies::message_of(key, *row)};
}

Task<Result<void>> Settings::renew_deletion(BucketId id, Uuid attempt) {
  const uint64_t now_ms = clock_.wall_now().unix_ms;
  auto decision = std::make_shared<EditBucketRow>([attempt, now_ms](Bucket& bucket) -> Result<void> {
    if (!is_held_by(&bucket, attempt)) return not_this_attempt();
    bucket.deletion->since_ms = now_ms;
    return {};
  });
  return write_row(bucket_row_key(id), std::move(decision));
}

Task<Result<void>> Settings::finish_deletion(BucketId id, Uuid attempt) {
  auto bucket = directory()->bucket(id);
  if (!bucket) co_return fail(ErrorKind::kNotFound, "bucket " + id.hex() + " does not exist");
  co_return co_await end_bucket(std::move(bucket), std::make_shared<RemoveIfDeleting>(attempt), {});
}

Task<Result<void>> Settings::take_back_deletion(BucketId id, Uuid attempt) {
  auto decision = std::make_shared<EditBucketRow>([attempt](Bucket& bucket) -> Result<void> {
    if (!is_held_by(&bucket, attempt)) return not_this_attempt();
    bucket.deletion.reset();
    return {};
  });
  return write_row(bucket_row_key(id), std::move(decision));
}

Task<Result<bool>> Settings::hold_deletion(BucketId id, Uuid attempt, std::string row) {
  if (copies_ == nullptr) co_return fail(ErrorKind::kUnsupported, "this node keeps no copies of settings");
  CO_TRY([[maybe_unused]] const bool changed, co_await copies_->merge_rows(std::move(row)));
  // What the directory shows is durable.
  co_return is_held_by(directory()->bucket(id).get(), attempt);
}

Task<Result<bool>> Settings::takes_writes(BucketId id) {
  auto bucket = directory()->bucket(id);
  const bool is_open = bucket && !bucket->deletion;
  if (is_open) co_return true;
  const auto in_time = [&] { return bucket && bucket->deletion && !is_abandoned(*bucket->deletion); };
  // Most attempts end soon, in one way or the other.
  for (int look = 0; look < kLooksMax && in_time(); ++look) {
    co_await runtime::sleep_for(kLookEvery);
    bucket = directory()->bucket(id);
  }
  const bool ended_well = bucket && !bucket->deletion;
  if (ended_well) co_return true;
  if (!in_time() && copies_ != nullptr) {
    CO_TRY([[maybe_unused]] const bool changed, co_await copies_->look_again(bucket_row_key(id)));
    bucket = directory()->bucket(id);
  }
  if (!bucket) co_return false;
  if (!bucket->deletion) co_return true;
  if (is_abandoned(*bucket->deletion)) {
    const Deletion seen = *bucket->deletion;
    CO_CHECK_OK(co_await reopen(id, seen));
    co_return true;
  }
  co_return being_deleted();
}

bool Settings::is_abandoned(const Deletion& deletion) const {
  const uint64_t now_ms = clock_.wall_now().unix_ms;
  const uint64_t apart_ms = std::max(now_ms, deletion.since_ms) - std::min(now_ms, deletion.since_ms);
  return apart_ms > kDeletionLongestMs;
}

Task<Result<void>> Settings::reopen(BucketId id, Deletion seen) {
  {
    std::lock_guard lock(swap_mutex_);
    const bool mine = reopening_.insert(id).second;
    if (!mine) co_return being_deleted();
  }
  // Only who deletes may let go of his own mark: so it is made ours first.
  const auto begun = co_await begin_deletion(id, seen);
  auto reopened = Result<void>(being_deleted());
  if (begun) reopened = co_await take_back_deletion(id, begun->attempt);
  std::lock_guard lock(swap_mutex_);
  reopening_.erase(id);
  co_return reopened;
}

}  // namespace garage::model
