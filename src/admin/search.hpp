// Finding a bucket or key by what a person typed. Private to this module.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "admin/context.hpp"
#include "admin/error.hpp"
#include "admin/fields.hpp"
#include "model/directory.hpp"

namespace garage::admin {

using Bucket = std::shared_ptr<const model::Bucket>;
using Key = std::shared_ptr<const model::AccessKey>;

// ASCII letters.
std::string lower(std::string_view text);

// Exact name or id, else the beginning (2 digits and more) of one id. NoSuchBucket; InvalidRequest names the candidates
// of several.
AdminResult<Bucket> search_bucket(const model::Directory& directory, std::string_view pattern);
// Exact id, else exact name, else the beginning of one id; upper and lower case are the same.
AdminResult<Key> search_key(const model::Directory& directory, std::string_view pattern);

// By a full id of 64 digits, or an id, exactly.
AdminResult<Bucket> bucket_by_id(const model::Directory& directory, std::string_view id);
AdminResult<Key> key_by_id(const model::Directory& directory, std::string_view id);

// Before any layout was applied nothing can be stored; says what to do.
AdminResult<bool> require_layout(const Context& context);

}  // namespace garage::admin
