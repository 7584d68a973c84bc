// x-amz-copy-source: which object is copied, and may the caller read it?
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "s3/call.hpp"

namespace garage::s3 {

struct CopySource {
  std::shared_ptr<const model::Bucket> bucket;
  std::string bucket_name;
  std::string key;
  object::Object object;
};

// NoSuchBucket, AccessDenied, NoSuchKey, NoSuchVersion; PreconditionFailed by x-amz-copy-source-if-*;
// ServiceUnavailable where it cannot be told whether the caller may.
Task<api::ApiResult<CopySource>> find_copy_source(Call& call);

}  // namespace garage::s3
