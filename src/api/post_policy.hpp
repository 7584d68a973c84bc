// Browser uploads: who signed the form, and does the form keep to what was signed?
//
// A form is signed by signing its policy: a list of conditions, of which every field of the form must meet one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/authenticate.hpp"
#include "api/error.hpp"
#include "api/form_data.hpp"
#include "api/principal.hpp"
#include "base/time.hpp"

namespace garage::api {

struct PolicyCondition {
  enum class Kind : unsigned char { kEqual, kStartsWith };
  Kind kind = Kind::kEqual;
  std::string field;  // lower-cased, without $
  std::string value;
};

struct LengthRange {
  uint64_t bytes_min = 0;
  uint64_t bytes_max = UINT64_MAX;
};

struct PostPolicy {
  WallTime expiration;
  std::vector<PolicyCondition> conditions;
  std::optional<LengthRange> length;
};

// The policy as the form carries it, in base64. InvalidPolicyDocument if it is none.
ApiResult<PostPolicy> parse_post_policy(std::string_view base64);

// AccessDenied if it has expired, if a condition is not met, or if a field is not covered by one. `bucket` is the one
// addressed.
ApiResult<void> check_post_policy(const PostPolicy& policy, const FormFields& form, std::string_view bucket,
                                  WallTime now);

struct PostAuthenticated {
  Principal principal;
  std::optional<LengthRange> length;  // bounds of the file, by the policy
};

// The whole check of a form: V4 or V2 signature (a V2 form is accepted whatever AuthOptions::allow_v2 says, as its
// signature covers the policy alone), policy, coverage. Anonymous if the form carries neither policy nor signature.
ApiResult<PostAuthenticated> authenticate_post_form(const FormFields& form, std::string_view bucket,
                                                    const AuthContext& context);

// The key id that the form claims, verified or not; empty if none.
std::string_view claimed_key_id(const FormFields& form);

// `key` with ${filename} replaced; InvalidArgument if there is no key field.
ApiResult<std::string> post_form_key(const FormFields& form);

}  // namespace garage::api
