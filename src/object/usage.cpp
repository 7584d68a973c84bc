// Counters of a bucket.
//
// Each node counts the rows that lie on it. On several nodes every row lies on as many as the bucket's shards have
// replicas: so what all of them count together, divided by that number, is exact once the replicas are equal. Where a
// node does not answer, the others stand for it.
#include <algorithm>
#include <set>

#include "base/int128.hpp"
#include "object/core.hpp"
#include "object/service.hpp"
#include "object/usage_counter.hpp"
#include "runtime/task_group.hpp"
#include "table/gather.hpp"
#include "table/row_key.hpp"

namespace garage::object {
namespace {

constexpr Duration kAskTimeout = 2s;

Task<Result<UsageCounter>> count_here(Core& core, BucketId bucket) {
  kv::Key row = usage_row(bucket);
  CO_TRY(const auto encoded, co_await core.get(row.family, row.bytes));
  co_return usage_held(bucket, encoded);
}

Task<Result<UsageCounter>> count_at(Core& core, NodeId node, BucketId bucket) {
  if (node == core.cluster->self) co_return co_await count_here(core, bucket);
  const net::CallOptions options{runtime::Loop::current()->now() + kAskTimeout};
  CO_TRY(const auto answer,
         co_await core.cluster->caller->call(node, std::string(kUsageOperation), std::string(bucket.view()), options));
  co_return decode_usage(bucket, answer);
}

struct Count {
  UsageCounter sum;
  size_t answered = 0;
};
Task<void> add_count_at(Core& core, NodeId node, BucketId bucket, Count& count) {
  const auto counter = co_await count_at(core, node, bucket);
  if (!counter) co_return;
  ++count.answered;
  count.sum.objects += counter->objects;
  count.sum.bytes += counter->bytes;
  count.sum.uploads += counter->uploads;
}

// Of `sum` over the answering ones of `nodes`, each row counted `copies` times.
uint64_t share_of(int64_t sum, size_t nodes, size_t answered, size_t copies) {
  const auto all = Uint128(std::max<int64_t>(sum, 0)) * nodes;
  const auto divisor = Uint128(answered) * copies;
  return static_cast<uint64_t>((all + divisor / 2) / divisor);
}

Task<Result<BucketUsage>> count_everywhere(Core& core, BucketId bucket) {
  std::set<NodeId> nodes;
  size_t copies = 1;
  for (const auto& shard : shards_of(bucket, table::kSpreadMax)) {
    const auto sets = core.cluster->rows->sets_for(shard);
    copies = std::max<size_t>(1, sets.read.size());
    nodes.insert(sets.read.begin(), sets.read.end());
  }
  // All at once: each write into a bucket with quotas waits for it, also while some of them are frozen.
  Count count;
  runtime::TaskGroup asking;
  for (const NodeId& node : nodes) asking.spawn(add_count_at(core, node, bucket, count));
  co_await asking.join();
  if (count.answered == 0) co_return fail(ErrorKind::kUnavailable, "no node tells what the bucket holds");
  const auto share = [&](int64_t sum) { return share_of(sum, nodes.size(), count.answered, copies); };
  co_return BucketUsage{share(count.sum.objects), share(count.sum.bytes), share(count.sum.uploads)};
}

}  // namespace

Task<Result<BucketUsage>> read_usage(Core& core, BucketId bucket) {
  if (core.replicated()) co_return co_await count_everywhere(core, bucket);
  CO_TRY(const auto counter, co_await count_here(core, bucket));
  co_return BucketUsage{static_cast<uint64_t>(counter.objects), static_cast<uint64_t>(counter.bytes),
                        static_cast<uint64_t>(counter.uploads)};
}

Task<Result<BucketUsage>> Objects::usage(BucketId bucket) {
  return read_usage(*core_, bucket);
}

Task<Result<std::string>> Objects::encoded_local_usage(BucketId bucket) {
  CO_TRY(const auto counter, co_await count_here(*core_, bucket));
  co_return encode_usage(bucket, counter);
}

}  // namespace garage::object
