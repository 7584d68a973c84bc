// Changes of a bucket's row by operations on its settings.
#pragma once

#include "s3/call.hpp"

namespace garage::s3 {

// Edits the bucket of the call; NoSuchBucket where it is gone. `status` of the empty answer.
Task<Reply> change_bucket(Call& call, model::Settings::BucketEdit edit, int status);

}  // namespace garage::s3
