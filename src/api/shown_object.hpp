// An object in the headers of an answer: what every front says of it.
#pragma once

#include <string>

#include "api/effective_headers.hpp"
#include "api/error.hpp"
#include "base/result.hpp"
#include "http/header_block.hpp"
#include "object/objects.hpp"

namespace garage::api {

std::string quoted_etag(const model::ETag& etag);

// ETag, Last-Modified, Accept-Ranges, Content-Type and all stored headers.
void show_object(http::HeaderBlock& out, const object::Object& object);

// What If-Match and its kin ask of a read of this object: true where the client has it already (304).
// PreconditionFailed, which shows what it was judged on.
ApiResult<bool> is_not_modified(const EffectiveHeaders& headers, const object::Object& object);

// The row may be replaced between reading it and opening its bytes, and a node that had them may fall silent: then what
// is current now is read. `attempt` counts from 0.
bool is_worth_another_look(const Error& error, int attempt);

}  // namespace garage::api
