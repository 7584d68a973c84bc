// Counters of a bucket on this node, kept in the rows' own batches: a row of the meta family, 'u' + bucket id.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "kv/commit_queue.hpp"

namespace garage::object {

struct UsageCounter {
  int64_t objects = 0;
  int64_t bytes = 0;
  int64_t uploads = 0;
};

kv::Key usage_row(const BucketId& bucket);
std::string encode_usage(const BucketId& bucket, const UsageCounter& counter);
Result<UsageCounter> decode_usage(const BucketId& bucket, std::string_view encoded);
// Of what lies in that row, if anything. Damaged counters are none: they must not keep rows from being written.
Result<UsageCounter> usage_held(const BucketId& bucket, std::optional<std::string_view> encoded);

// What an object, or an upload, counts for by the value of its row; nothing where there is none.
Result<UsageCounter> weigh_object(const std::optional<std::string>& value);
Result<UsageCounter> weigh_upload(const std::optional<std::string>& value);

// In Change::apply.
Result<void> add_usage(kv::View& view, kv::Batch& batch, const BucketId& bucket, const UsageCounter& difference);

}  // namespace garage::object
