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
using Token = std::shared_ptr<const model::AdminToken>;

// ASCII letters.
std::string lower(std::string_view text);

// What this node's copy of the settings lacks, its replicas are asked about before it is denied: 503 where they cannot
// be. What only a list could tell is not denied by a copy that may be behind (503).

// Exact name or id, else the beginning (2 digits and more) of one id. NoSuchBucket; InvalidRequest names the candidates
// of several.
Task<AdminResult<Bucket>> search_bucket(Context& context, std::string pattern);
// Exact id, else exact name, else the beginning of one id; upper and lower case are the same.
Task<AdminResult<Key>> search_key(Context& context, std::string pattern);
Task<AdminResult<Token>> search_token(Context& context, std::string pattern);

// By a full id of 64 digits, a global alias, or an id, exactly.
Task<AdminResult<Bucket>> bucket_by_id(Context& context, std::string id);
Task<AdminResult<Bucket>> bucket_by_alias(Context& context, std::string alias);
Task<AdminResult<Key>> key_by_id(Context& context, std::string id);
Task<AdminResult<Token>> token_by_id(Context& context, std::string id);

// Before any layout was applied nothing can be stored; says what to do.
AdminResult<bool> require_layout(const Context& context);

}  // namespace garage::admin
