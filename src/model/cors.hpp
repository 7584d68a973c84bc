// Which pages of other origins may use a bucket from a browser. Values; part of the bucket's row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "codec/tlv.hpp"

namespace garage::model {

struct CorsRule {
  std::optional<std::string> id = {};
  std::vector<std::string> origins = {};  // one '*' in each stands for anything
  std::vector<std::string> methods = {};  // or "*"
  std::vector<std::string> headers = {};  // that requests may carry; one '*' as above, any case
  std::vector<std::string> exposed = {};  // of the answer, that pages may read
  std::optional<uint64_t> max_age_s = {};
  friend bool operator==(const CorsRule&, const CorsRule&) = default;
};

// Several in order; empty is not the same as none.
using CorsRules = std::vector<CorsRule>;

inline constexpr size_t kCorsRulesMax = 100;
inline constexpr size_t kCorsBytesMax = 64 << 10;  // as they lie in the row

// kInvalid says what makes no sense.
Result<void> check_cors(const CorsRules& rules);

// What a browser asks on behalf of a page.
struct CorsQuestion {
  std::string_view origin;
  std::string_view method;
  std::vector<std::string_view> headers = {};
};
struct CorsMatch {
  const CorsRule* rule = nullptr;  // null: not allowed
  bool any_origin = false;         // the rule's origin is "*" alone
};
CorsMatch find_cors_rule(const CorsRules& rules, const CorsQuestion& question);

codec::TlvWriter encode_cors(const CorsRules& rules);
CorsRules decode_cors(codec::TlvReader reader);

}  // namespace garage::model
