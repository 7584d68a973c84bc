// Row keys of the settings family: one letter, then the id or name.
#pragma once

#include <string>
#include <string_view>

#include "base/ids.hpp"

namespace garage::model {

inline constexpr char kBucketRow = 'b';  // bucket id (32 bytes) -> Bucket
inline constexpr char kAliasRow = 'a';   // global name -> bucket id
inline constexpr char kKeyRow = 'k';     // access key id -> AccessKey
inline constexpr char kTokenRow = 't';   // admin token id -> AdminToken

inline std::string bucket_row_key(const BucketId& id) {
  return std::string(1, kBucketRow).append(id.view());
}
inline std::string alias_row_key(std::string_view name) {
  return std::string(1, kAliasRow).append(name);
}
inline std::string admin_token_row_key(std::string_view id) {
  return std::string(1, kTokenRow).append(id);
}
inline std::string key_row_key(std::string_view id) {
  return std::string(1, kKeyRow).append(id);
}

}  // namespace garage::model
