// Tags of objects and buckets: pairs of texts.
//
// An object keeps them among its stored headers in the form of the x-amz-tagging header (k1=v1&k2=v2, percent-encoded,
// in the order of the keys), so that they go wherever the headers go; without tags there is no such header.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "api/error.hpp"

namespace garage::api {

using Tags = std::map<std::string, std::string>;

inline constexpr std::string_view kTaggingHeader = "x-amz-tagging";
inline constexpr size_t kObjectTagsMax = 10;
inline constexpr size_t kBucketTagsMax = 50;

// InvalidTag for a key or value that may not be, or one tag too many or twice.
ApiResult<void> add_tag(Tags& tags, std::string key, std::string value, size_t tags_max);

// Of the header of a request, which is shorter than what a document may set. InvalidTag.
ApiResult<Tags> parse_tagging_header(std::string_view header);
// As stored. InvalidTag.
ApiResult<Tags> parse_tagging(std::string_view text);
// As it is stored; empty for no tags.
std::string render_tagging(const Tags& tags);
// Of a stored one.
uint64_t tag_count(std::string_view stored);

}  // namespace garage::api
