#include "api/post_policy.hpp"

#include <algorithm>

#include "codec/base64.hpp"
#include "codec/iso_time.hpp"
#include "codec/json.hpp"
#include "http/characters.hpp"

namespace garage::api {
namespace {

std::unexpected<ApiError> invalid(std::string message) {
  return api_fail(ErrorCode::kInvalidPolicyDocument, "Invalid Policy: " + std::move(message));
}

std::unexpected<ApiError> denied(std::string message) {
  return api_fail(ErrorCode::kAccessDenied, "Invalid according to Policy: " + std::move(message));
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = http::to_lower(c);
  return lower;
}

// A string, or a number as its digits: some write {"success_action_status": 201}.
std::optional<std::string> value_text(const codec::Json& value) {
  if (const auto text = value.as_string()) return std::string(*text);
  if (const auto number = value.as_int64()) return std::to_string(*number);
  return std::nullopt;
}

// A number, or a string of digits.
std::optional<uint64_t> length_bound(const codec::Json& value) {
  if (const auto number = value.as_uint64()) return number;
  const auto text = value.as_string();
  if (!text || text->empty() || text->size() > 18) return std::nullopt;
  uint64_t number = 0;
  for (const char c : *text) {
    if (!http::is_digit(c)) return std::nullopt;
    number = number * 10 + static_cast<uint64_t>(c - '0');
  }
  return number;
}

ApiResult<void> add_exact(const codec::Json::Object& members, PostPolicy& policy) {
  if (members.empty()) return invalid("A condition is empty.");
  for (const codec::JsonMember& member : members) {
    auto value = value_text(member.value);
    if (!value) return invalid("The value of the condition on " + member.key + " is no text.");
    policy.conditions.push_back({PolicyCondition::Kind::kEqual, lower_case(member.key), std::move(*value)});
  }
  return {};
}

ApiResult<void> add_length_range(const codec::Json::Array& items, PostPolicy& policy) {
  const auto bytes_min = length_bound(items[1]), bytes_max = length_bound(items[2]);
  if (!bytes_min || !bytes_max || *bytes_min > *bytes_max)
    return invalid("content-length-range needs a minimum and a maximum.");
  LengthRange range = policy.length.value_or(LengthRange{});
  range.bytes_min = std::max(range.bytes_min, *bytes_min);
  range.bytes_max = std::min(range.bytes_max, *bytes_max);
  policy.length = range;
  return {};
}

ApiResult<void> add_operation(const codec::Json::Array& items, PostPolicy& policy) {
  const auto operation = items.empty() ? std::nullopt : items[0].as_string();
  if (!operation || items.size() != 3) return invalid("A condition must have an operation and two arguments.");
  if (http::equal_ignoring_case(*operation, "content-length-range")) return add_length_range(items, policy);
  const bool equal = http::equal_ignoring_case(*operation, "eq");
  if (!equal && !http::equal_ignoring_case(*operation, "starts-with")) {
    return invalid("The operation " + std::string(*operation) + " is unknown.");
  }
  const auto field = items[1].as_string();
  auto value = value_text(items[2]);
  if (!field || field->size() < 2 || !field->starts_with('$') || !value)
    return invalid("A condition must name a field with $.");
  policy.conditions.push_back({equal ? PolicyCondition::Kind::kEqual : PolicyCondition::Kind::kStartsWith,
                               lower_case(field->substr(1)), std::move(*value)});
  return {};
}

// Fields that the signature covers otherwise, or that nobody reads.
bool needs_no_condition(std::string_view name) {
  return name == "x-amz-signature" || name == "signature" || name == "awsaccesskeyid" || name == "file" ||
         name == "policy" || name.starts_with("x-ignore-") || name.starts_with("x-amz-checksum-");
}

bool holds(const PolicyCondition& condition, std::string_view value) {
  if (condition.kind == PolicyCondition::Kind::kEqual) return value == condition.value;
  if (condition.field != "content-type") return value.starts_with(condition.value);
  // Of a list of types each one has to begin so.
  for (std::string_view rest = value;;) {
    const size_t comma = std::min(rest.find(','), rest.size());
    if (!http::trim_blanks(rest.substr(0, comma)).starts_with(condition.value)) return false;
    if (comma == rest.size()) return true;
    rest.remove_prefix(comma + 1);
  }
}

std::string text_of(const PolicyCondition& condition) {
  const auto operation = condition.kind == PolicyCondition::Kind::kEqual ? "eq" : "starts-with";
  return codec::to_json(codec::Json::array({operation, "$" + condition.field, condition.value}));
}

}  // namespace

ApiResult<PostPolicy> parse_post_policy(std::string_view base64) {
  const auto text = codec::from_base64(base64);
  if (!text) return invalid("It is not base64.");
  const auto document = codec::parse_json(*text);
  if (!document || !document->is_object()) return invalid("Invalid JSON.");
  PostPolicy policy;
  const codec::Json* expiration = document->find("expiration");
  const auto time =
      expiration && expiration->as_string() ? codec::parse_iso_time(*expiration->as_string()) : std::nullopt;
  if (!time) return invalid("The expiration is missing or no ISO 8601 time.");
  policy.expiration = *time;
  const codec::Json* conditions = document->find("conditions");
  if (!conditions || !conditions->is_array()) return invalid("The list of conditions is missing.");
  for (const codec::Json& condition : *conditions->as_array()) {
    if (const auto* members = condition.as_object())
      API_CHECK_OK(add_exact(*members, policy));
    else if (const auto* items = condition.as_array())
      API_CHECK_OK(add_operation(*items, policy));
    else
      return invalid("A condition is neither an object nor a list.");
  }
  return policy;
}

ApiResult<void> check_post_policy(const PostPolicy& policy, const FormFields& form, std::string_view bucket,
                                  WallTime now) {
  if (policy.expiration < now) return denied("Policy expired.");
  std::string key;
  if (form.get("key")) {
    API_TRY(key, post_form_key(form));
  }
  // The bucket is the one addressed, whatever a form field of that name says; the key is the one that will be written.
  const auto value_of = [&](std::string_view field) -> std::optional<std::string_view> {
    if (field == "bucket") return bucket;
    if (field == "key" && form.get("key")) return key;
    return form.get(field);
  };
  for (const PolicyCondition& condition : policy.conditions) {
    const auto value = value_of(condition.field);
    if (!value || !holds(condition, *value)) return denied("Policy Condition failed: " + text_of(condition));
  }
  const auto is_covered = [&](std::string_view field) {
    return std::any_of(policy.conditions.begin(), policy.conditions.end(),
                       [field](const PolicyCondition& condition) { return condition.field == field; });
  };
  if (!is_covered("bucket")) return denied("Extra input fields: bucket");
  for (const FormField& field : form.fields) {
    if (!needs_no_condition(field.name) && !is_covered(field.name)) return denied("Extra input fields: " + field.name);
  }
  if (const auto named = form.get("bucket"); named && *named != bucket) return denied("The form names another bucket.");
  return {};
}

}  // namespace garage::api
