#include "object/quota.hpp"

#include <fmt/format.h>

#include <utility>

namespace garage::object {

WriteCondition within_quota(const model::Quotas& quotas, const BucketUsage& usage, uint64_t bytes,
                            WriteCondition condition) {
  return [quotas, usage, bytes, condition = std::move(condition)](const CurrentObject* current) -> Result<void> {
    if (condition) CHECK_OK(condition(current));
    // An object that takes the place of a larger one is let through, so that a bucket over its quota can shrink.
    const uint64_t replaced_bytes = current == nullptr ? 0 : current->bytes;
    const bool is_larger = bytes > replaced_bytes;
    if (quotas.objects_max && current == nullptr && usage.objects >= *quotas.objects_max) {
      return fail(ErrorKind::kOverQuota, fmt::format("The bucket may hold {} objects, and does.", *quotas.objects_max));
    }
    if (quotas.bytes_max && is_larger && usage.bytes + (bytes - replaced_bytes) > *quotas.bytes_max) {
      return fail(ErrorKind::kOverQuota, fmt::format("The bucket may hold {} bytes; it would hold {}.",
                                                     *quotas.bytes_max, usage.bytes + (bytes - replaced_bytes)));
    }
    return {};
  };
}

}  // namespace garage::object
