// Whose is a bucket? What is shown of it, and what a request may expect of it, are the same.
#pragma once

#include <string_view>

#include "s3/call.hpp"

namespace garage::s3 {

// The access key that made it over S3; of a bucket that a command made, the key that asks. `call.key` is there.
inline std::string_view owner_shown(const Call& call, const model::Bucket& bucket) {
  return bucket.creator.empty() ? call.key->id : bucket.creator;
}

// AccessDenied where the request names another owner by that header.
inline api::ApiResult<void> check_expected_owner(const Call& call, const model::Bucket& bucket,
                                                 std::string_view header) {
  const auto expected = call.headers().get(header);
  if (!expected || *expected == owner_shown(call, bucket)) return {};
  return api::api_fail(api::ErrorCode::kAccessDenied, "The bucket has another owner than expected.");
}

}  // namespace garage::s3
