// Counters of a bucket.
#include "object/core.hpp"
#include "object/usage_counter.hpp"

namespace garage::object {

Task<Result<BucketUsage>> read_usage(Core& core, BucketId bucket) {
  kv::Key row = usage_row(bucket);
  CO_TRY(const auto encoded, co_await core.get(row.family, row.bytes));
  if (!encoded) co_return BucketUsage{};
  CO_TRY(const auto counter, decode_usage(bucket, *encoded));
  co_return BucketUsage{static_cast<uint64_t>(counter.objects), static_cast<uint64_t>(counter.bytes),
                        static_cast<uint64_t>(counter.uploads)};
}

Task<Result<BucketUsage>> Objects::usage(BucketId bucket) {
  return read_usage(*core_, bucket);
}

}  // namespace garage::object
