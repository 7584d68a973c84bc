// Headers that are stored with an object, and those that show it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "http/header_block.hpp"
#include "object/objects.hpp"
#include "s3/call.hpp"

namespace garage::s3 {

using StoredHeaders = std::vector<std::pair<std::string, std::string>>;

// Content-Type and its kin, the redirect, x-amz-meta-* and the tags, as a request gives them. MetadataTooLarge,
// InvalidArgument,
// InvalidRequest, InvalidTag.
api::ApiResult<StoredHeaders> headers_to_store(const api::EffectiveHeaders& headers);
// The same rules for fields that came another way (a form). `name` is lower-cased.
bool is_stored_header(std::string_view name);
// The value of x-amz-website-redirect-location: InvalidRequest for what is neither a path nor a web address.
api::ApiResult<void> check_redirect(std::string_view value);
// MetadataTooLarge; InvalidArgument for what could not be shown as it is, as forms and presigned queries may have it.
api::ApiResult<void> check_stored_headers(const StoredHeaders& headers);

// Refuses what is asked for by a header but not built: nothing is ignored in silence.
api::ApiResult<void> refuse_unbuilt_headers(const api::EffectiveHeaders& headers);

// ETag, Last-Modified and the stored headers, with the overrides of response-* parameters applied.
void show_object(http::HeaderBlock& out, const Call& call, const object::Object& object);

}  // namespace garage::s3
