// What the fields of a browser's form say about the object.
#pragma once

#include <optional>
#include <string>

#include "api/checksums.hpp"
#include "api/form_data.hpp"
#include "s3/object_headers.hpp"

namespace garage::s3 {

// Content-Type and its kin, x-amz-meta-*, and the tags.
api::ApiResult<StoredHeaders> form_headers(const api::FormFields& form);
// Content-MD5 and x-amz-checksum-*.
api::ApiResult<api::ChecksumRequest> form_checksums(const api::FormFields& form);
// What is asked for but not built.
api::ApiResult<void> refuse_unbuilt_fields(const api::FormFields& form);
// success_action_redirect or its old name, if it is a URL of the web.
std::optional<std::string> form_redirect(const api::FormFields& form);

}  // namespace garage::s3
