#include "object/usage_counter.hpp"

#include "base/log.hpp"
#include "codec/tlv.hpp"
#include "model/object_version.hpp"
#include "model/upload.hpp"

namespace garage::object {
namespace {

constexpr uint8_t kFormat = 1;
enum Tag : uint32_t { kObjects = 1, kBytes = 2, kUploads = 3 };

uint64_t not_negative(int64_t n) {
  return n < 0 ? 0 : static_cast<uint64_t>(n);
}

}  // namespace

kv::Key usage_row(const BucketId& bucket) {
  return {kv::Family::kMeta, std::string("u").append(bucket.view())};
}

std::string encode_usage(const BucketId& bucket, const UsageCounter& counter) {
  codec::TlvWriter writer(kFormat);
  writer.u64(kObjects, not_negative(counter.objects));
  writer.u64(kBytes, not_negative(counter.bytes));
  writer.u64(kUploads, not_negative(counter.uploads));
  return std::move(writer).finish(usage_row(bucket).bytes);
}

Result<UsageCounter> decode_usage(const BucketId& bucket, std::string_view encoded) {
  const kv::Key key = usage_row(bucket);
  TRY(auto reader, codec::TlvReader::open(key.bytes, encoded, kFormat));
  UsageCounter counter;
  while (reader.next()) {
    switch (reader.tag()) {
      case kObjects:
        counter.objects = static_cast<int64_t>(reader.number());
        break;
      case kBytes:
        counter.bytes = static_cast<int64_t>(reader.number());
        break;
      case kUploads:
        counter.uploads = static_cast<int64_t>(reader.number());
        break;
      default:
        break;
    }
  }
  CHECK_OK(reader.status());
  return counter;
}

Result<UsageCounter> usage_held(const BucketId& bucket, std::optional<std::string_view> encoded) {
  if (!encoded) return UsageCounter{};
  auto counter = decode_usage(bucket, *encoded);
  if (counter || counter.error().kind != ErrorKind::kCorrupt) return counter;
  LOG_WARN("object", "the counters of bucket {} are damaged; they begin at zero", bucket.hex());
  return UsageCounter{};
}

Result<UsageCounter> weigh_object(const std::optional<std::string>& value) {
  if (!value) return UsageCounter{};
  TRY(const auto summary, model::summarize_object_version(*value));
  return UsageCounter{1, static_cast<int64_t>(summary.bytes), 0};
}

Result<UsageCounter> weigh_upload(const std::optional<std::string>& value) {
  if (!value) return UsageCounter{};
  TRY(const auto upload, model::decode_upload(*value));
  return UsageCounter{0, 0, upload.state == model::UploadState::kOpen ? 1 : 0};
}

Result<void> add_usage(kv::View& view, kv::Batch& batch, const BucketId& bucket, const UsageCounter& difference) {
  if (difference.objects == 0 && difference.bytes == 0 && difference.uploads == 0) return {};
  const kv::Key key = usage_row(bucket);
  TRY(auto encoded, view.get(key.family, key.bytes));
  TRY(UsageCounter counter, usage_held(bucket, encoded));
  counter.objects += difference.objects;
  counter.bytes += difference.bytes;
  counter.uploads += difference.uploads;
  batch.put(key.family, key.bytes, encode_usage(bucket, counter));
  return {};
}

}  // namespace garage::object
