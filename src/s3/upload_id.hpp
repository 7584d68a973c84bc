// The upload a request speaks of.
#pragma once

#include "model/upload.hpp"
#include "s3/call.hpp"

namespace garage::s3 {

inline std::unexpected<api::ApiError> no_such_upload(const Call& call) {
  api::ApiError error = api::make_error(api::ErrorCode::kNoSuchUpload);
  error.upload_id = std::string(call.query("uploadId").value_or(""));
  return std::unexpected(std::move(error));
}

// NoSuchUpload for text that can't be an id of ours.
inline api::ApiResult<Uuid> upload_id_of(const Call& call) {
  const auto id = model::parse_upload_id(call.query("uploadId").value_or(""));
  if (!id) return no_such_upload(call);
  return *id;
}

}  // namespace garage::s3
