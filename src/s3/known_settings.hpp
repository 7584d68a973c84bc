// What a request rests on in the settings, where this node's copy of them may be behind: what it lacks is asked about,
// and where it is known to be behind what it has, too (model/settings_copies.hpp).
#pragma once

#include <memory>
#include <string>

#include "s3/call.hpp"

namespace garage::s3 {

// Before these are looked up. Empty strings: there is none of that kind. ServiceUnavailable where the copy is behind
// and their replicas cannot be asked.
Task<api::ApiResult<void>> confirm_settings(Backend& backend, std::string key_id, std::string bucket_name);

// By this name for the caller's key, if any. NoSuchBucket; ServiceUnavailable where there may be one.
Task<api::ApiResult<std::shared_ptr<const model::Bucket>>> find_bucket(Call& call, std::string name);

}  // namespace garage::s3
