// Conditional reads: If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since, and their x-amz-copy-source-
// twins. Entity tags are compared unquoted; times at whole seconds. To a read, a date that cannot be read is no
// condition; a write under a condition that says nothing would be another one than was asked for, and is refused.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/effective_headers.hpp"
#include "api/error.hpp"
#include "base/time.hpp"

namespace garage::api {

// "*" or a list of entity tags, quoted or not, weak or not.
struct EtagList {
  bool any = false;
  std::vector<std::string> tags;  // unquoted, without W/

  static EtagList parse(std::string_view header);
  bool empty() const { return !any && tags.empty(); }
  // `etag` without quotes.
  bool matches(std::string_view etag) const;
};

// Quotes, blanks and W/ removed.
std::string_view unquote_etag(std::string_view text);

struct ReadConditions {
  std::optional<EtagList> if_match;
  std::optional<EtagList> if_none_match;
  std::optional<uint64_t> if_modified_since_s;  // unix seconds
  std::optional<uint64_t> if_unmodified_since_s;

  bool empty() const { return !if_match && !if_none_match && !if_modified_since_s && !if_unmodified_since_s; }
};

ReadConditions read_conditions(const EffectiveHeaders& headers);
// For what writes. InvalidArgument where a header is there and has neither "*" nor an entity tag, or no date.
ApiResult<ReadConditions> write_conditions(const EffectiveHeaders& headers);
ApiResult<ReadConditions> copy_source_conditions(const EffectiveHeaders& headers);

enum class ConditionOutcome : unsigned char {
  kProceed,
  kNotModified,         // 304 to GET and HEAD, 412 for a copy source
  kPreconditionFailed,  // 412
};

// For an object that exists. `etag` without quotes.
ConditionOutcome evaluate(const ReadConditions& conditions, std::string_view etag, WallTime last_modified);

// The Range header of a read, if what the client has so far is of this very object: If-Range, where it is given, names
// its entity tag as a strong one, or exactly its date (RFC 9110, 13.1.5). Else the whole is answered.
std::optional<std::string_view> range_that_counts(const EffectiveHeaders& headers, std::string_view etag,
                                                  WallTime last_modified);

// Unix seconds of an HTTP date; nothing if it is none.
std::optional<uint64_t> parse_http_date_s(std::string_view text);

}  // namespace garage::api
