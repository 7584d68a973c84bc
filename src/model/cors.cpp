#include "model/cors.hpp"

#include <algorithm>
#include <array>

namespace garage::model {
namespace {

// docs/formats/rows.md, "bucket", tag 12: rules, each a message of tag 1. Numbers are never reused.
constexpr uint32_t kRule = 1;
enum Tag : uint32_t { kId = 1, kOrigin = 2, kMethod = 3, kHeader = 4, kExposed = 5, kMaxAge = 6 };

constexpr std::array<std::string_view, 6> kMethods{"GET", "PUT", "POST", "DELETE", "HEAD", "*"};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal(std::string_view a, std::string_view b, bool ignoring_case) {
  return std::ranges::equal(a, b, [&](char x, char y) { return ignoring_case ? lower(x) == lower(y) : x == y; });
}

// A pattern with two stars matches nothing; none is accepted, but older rows are not to become wider by a mistake.
bool matches(std::string_view pattern, std::string_view text, bool ignoring_case) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) return equal(pattern, text, ignoring_case);
  const std::string_view head = pattern.substr(0, star), tail = pattern.substr(star + 1);
  if (tail.find('*') != std::string_view::npos || text.size() < head.size() + tail.size()) return false;
  return equal(head, text.substr(0, head.size()), ignoring_case) &&
         equal(tail, text.substr(text.size() - tail.size()), ignoring_case);
}

bool allows_header(const CorsRule& rule, std::string_view header) {
  return std::ranges::any_of(rule.headers, [&](const auto& pattern) { return matches(pattern, header, true); });
}

std::unexpected<Error> invalid(std::string message) {
  return fail(ErrorKind::kInvalid, std::move(message));
}

Result<void> check_stars(const std::vector<std::string>& patterns, std::string_view element) {
  for (const auto& pattern : patterns) {
    if (std::ranges::count(pattern, '*') < 2) continue;
    return invalid(std::string(element) + " \"" + pattern + "\" can not have more than one wildcard.");
  }
  return {};
}

Result<void> check_rule(const CorsRule& rule) {
  if (rule.origins.empty() || rule.methods.empty()) {
    return invalid("A CORSRule needs at least one AllowedOrigin and one AllowedMethod");
  }
  for (const auto& method : rule.methods) {
    if (std::ranges::find(kMethods, method) == kMethods.end()) {
      return invalid("Found unsupported HTTP method in CORS config. Unsupported method is " + method);
    }
  }
  CHECK_OK(check_stars(rule.origins, "AllowedOrigin"));
  return check_stars(rule.headers, "AllowedHeader");
}

codec::TlvWriter encode_rule(const CorsRule& rule) {
  auto writer = codec::TlvWriter::nested();
  if (rule.id) writer.bytes(kId, *rule.id);
  for (const auto& origin : rule.origins) writer.bytes(kOrigin, origin);
  for (const auto& method : rule.methods) writer.bytes(kMethod, method);
  for (const auto& header : rule.headers) writer.bytes(kHeader, header);
  for (const auto& name : rule.exposed) writer.bytes(kExposed, name);
  if (rule.max_age_s) writer.u64(kMaxAge, *rule.max_age_s);
  return writer;
}

CorsRule decode_rule(codec::TlvReader reader) {
  CorsRule rule;
  while (reader.next()) {
    switch (reader.tag()) {
      case kId:
        rule.id = reader.bytes();
        break;
      case kOrigin:
        rule.origins.emplace_back(reader.bytes());
        break;
      case kMethod:
        rule.methods.emplace_back(reader.bytes());
        break;
      case kHeader:
        rule.headers.emplace_back(reader.bytes());
        break;
      case kExposed:
        rule.exposed.emplace_back(reader.bytes());
        break;
      case kMaxAge:
        rule.max_age_s = reader.number();
        break;
      default:
        break;
    }
  }
  return rule;
}

}  // namespace

Result<void> check_cors(const CorsRules& rules) {
  if (rules.size() > kCorsRulesMax) return invalid("A CORS configuration has at most 100 rules");
  for (const CorsRule& rule : rules) CHECK_OK(check_rule(rule));
  if (encode_cors(rules).body().size() > kCorsBytesMax) return invalid("The CORS configuration is larger than 64 KiB");
  return {};
}

CorsMatch find_cors_rule(const CorsRules& rules, const CorsQuestion& question) {
  for (const CorsRule& rule : rules) {
    const auto origin =
        std::ranges::find_if(rule.origins, [&](const auto& it) { return matches(it, question.origin, false); });
    if (origin == rule.origins.end()) continue;
    const bool method = std::ranges::any_of(
        rule.methods, [&](const auto& allowed) { return allowed == "*" || allowed == question.method; });
    if (!method) continue;
    if (!std::ranges::all_of(question.headers, [&](auto header) { return allows_header(rule, header); })) continue;
    return {&rule, *origin == "*"};
  }
  return {};
}

codec::TlvWriter encode_cors(const CorsRules& rules) {
  auto writer = codec::TlvWriter::nested();
  for (const CorsRule& rule : rules) writer.message(kRule, encode_rule(rule));
  return writer;
}

CorsRules decode_cors(codec::TlvReader reader) {
  CorsRules rules;
  while (reader.next()) {
    if (reader.tag() == kRule) rules.push_back(decode_rule(reader.message()));
  }
  return rules;
}

}  // namespace garage::model
