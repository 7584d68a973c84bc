#include "api/conditions.hpp"

#include <algorithm>

#include "http/characters.hpp"
#include "http/http_date.hpp"

namespace garage::api {
namespace {

ReadConditions conditions_of(const EffectiveHeaders& headers, const std::string& prefix) {
  const auto etags = [&](std::string_view name) -> std::optional<EtagList> {
    const auto values = headers.get_all(prefix + std::string(name));
    if (values.empty()) return std::nullopt;
    EtagList all;
    for (const std::string_view value : values) {
      EtagList list = EtagList::parse(value);
      all.any |= list.any;
      std::move(list.tags.begin(), list.tags.end(), std::back_inserter(all.tags));
    }
    return all;
  };
  const auto date = [&](std::string_view name) -> std::optional<uint64_t> {
    const auto value = headers.get(prefix + std::string(name));
    return value ? parse_http_date_s(*value) : std::nullopt;
  };
  return ReadConditions{.if_match = etags("if-match"),
                        .if_none_match = etags("if-none-match"),
                        .if_modified_since_s = date("if-modified-since"),
                        .if_unmodified_since_s = date("if-unmodified-since")};
}

ApiResult<ReadConditions> that_say_something(const EffectiveHeaders& headers, const std::string& prefix) {
  ReadConditions conditions = conditions_of(headers, prefix);
  const auto names_none = [](const std::optional<EtagList>& etags) { return etags && etags->empty(); };
  for (const bool match : {true, false}) {
    if (!names_none(match ? conditions.if_match : conditions.if_none_match)) continue;
    return api_fail(ErrorCode::kInvalidArgument,
                    prefix + (match ? "if-match" : "if-none-match") + " names no entity tag.");
  }
  for (const std::string name : {"if-modified-since", "if-unmodified-since"}) {
    const auto date = headers.get(prefix + name);
    if (date && !parse_http_date_s(*date))
      return api_fail(ErrorCode::kInvalidArgument, prefix + name + " is not a date.");
  }
  return conditions;
}

}  // namespace

std::string_view unquote_etag(std::string_view text) {
  text = http::trim_blanks(text);
  if (text.starts_with("W/")) text.remove_prefix(2);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  return text;
}

// Our entity tags hold no comma, so a comma always ends one. None of them is a star: who quotes it means any all the
// same, and a write under such a condition must not be one under none.
EtagList EtagList::parse(std::string_view header) {
  EtagList list;
  while (!header.empty()) {
    const size_t comma = std::min(header.find(','), header.size());
    const std::string_view item = http::trim_blanks(header.substr(0, comma));
    header.remove_prefix(std::min(comma + 1, header.size()));
    const std::string_view tag = unquote_etag(item);
    if (tag == "*") {
      list.any = true;
    } else if (!item.empty()) {
      list.tags.emplace_back(tag);
    }
  }
  return list;
}

bool EtagList::matches(std::string_view etag) const {
  return any || std::find(tags.begin(), tags.end(), etag) != tags.end();
}

ReadConditions read_conditions(const EffectiveHeaders& headers) {
  return conditions_of(headers, "");
}

ApiResult<ReadConditions> write_conditions(const EffectiveHeaders& headers) {
  return that_say_something(headers, "");
}

ApiResult<ReadConditions> copy_source_conditions(const EffectiveHeaders& headers) {
  return that_say_something(headers, "x-amz-copy-source-");
}

ConditionOutcome evaluate(const ReadConditions& conditions, std::string_view etag, WallTime last_modified) {
  const uint64_t modified_s = last_modified.unix_ms / 1000;
  if (conditions.if_match) {
    if (!conditions.if_match->matches(etag)) return ConditionOutcome::kPreconditionFailed;
  } else if (conditions.if_unmodified_since_s && *conditions.if_unmodified_since_s < modified_s) {
    return ConditionOutcome::kPreconditionFailed;
  }
  if (conditions.if_none_match) {
    if (conditions.if_none_match->matches(etag)) return ConditionOutcome::kNotModified;
  } else if (conditions.if_modified_since_s && *conditions.if_modified_since_s >= modified_s) {
    return ConditionOutcome::kNotModified;
  }
  return ConditionOutcome::kProceed;
}

std::optional<std::string_view> range_that_counts(const EffectiveHeaders& headers, std::string_view etag,
                                                  WallTime last_modified) {
  const auto if_range = headers.get("if-range");
  if (!if_range) return headers.get("range");
  const std::string_view validator = http::trim_blanks(*if_range);
  const bool is_same = validator.starts_with('"') ? validator == '"' + std::string(etag) + '"'
                                                  : parse_http_date_s(validator) == last_modified.unix_ms / 1000;
  return is_same ? headers.get("range") : std::nullopt;
}

std::optional<uint64_t> parse_http_date_s(std::string_view text) {
  const auto time = http::parse_http_date(http::trim_blanks(text));
  if (!time) return std::nullopt;
  return time->unix_ms / 1000;
}

}  // namespace garage::api
