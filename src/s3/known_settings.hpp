// What a request rests on in the settings, where this node's copy of them may be behind: what it lacks is asked about,
// and where it is known to be behind what it has, too (model/settings_copies.hpp).
#pragma once

#include <memory>
#include <string>

#include "s3/call.hpp"
#include "s3/operations.hpp"

namespace garage::s3 {

// Before these are looked up. Empty strings: there is none of that kind. ServiceUnavailable where the copy is behind
// and their replicas cannot be asked.
Task<api::ApiResult<void>> confirm_settings(Backend& backend, std::string key_id, std::string bucket_name);

// Nobody is denied what this node's copy has not heard of yet: before that, the replicas of the rows are asked, and the
// call has the settings as they say. ServiceUnavailable where they cannot be asked.

// By this name for the caller's key, if any. NoSuchBucket.
Task<api::ApiResult<std::shared_ptr<const model::Bucket>>> find_bucket(Call& call, std::string name);
// AccessDenied where the caller's key, which there is, has not this right on the bucket. `name`: by which it was found;
// it may lead to another one meanwhile, which `bucket` is then.
Task<api::ApiResult<void>> require_right(Call& call, std::shared_ptr<const model::Bucket>& bucket, std::string name,
                                         Right right);
// For what the key's row itself grants. InvalidAccessKeyId where the key is gone.
Task<api::ApiResult<void>> look_at_key_again(Call& call);

}  // namespace garage::s3
