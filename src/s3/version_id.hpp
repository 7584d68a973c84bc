// Version ids. Buckets have no versions yet: the only one that exists is "null".
#pragma once

#include <string_view>

#include "s3/call.hpp"

namespace garage::s3 {

inline constexpr std::string_view kNullVersion = "null";

// For requests that may carry versionId: NoSuchVersion for any other than "null".
inline api::ApiResult<void> require_null_version(const Call& call) {
  const auto version = call.query("versionId");
  if (!version || *version == kNullVersion) return {};
  if (version->empty()) return api::api_fail(api::ErrorCode::kInvalidArgument, "versionId is empty");
  return api::api_fail(api::ErrorCode::kNoSuchVersion);
}

}  // namespace garage::s3
