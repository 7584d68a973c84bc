#include "api/cors.hpp"

#include <algorithm>

#include "http/characters.hpp"

namespace garage::api {
namespace {

constexpr std::string_view kAskedMethod = "access-control-request-method";
constexpr std::string_view kAskedHeaders = "access-control-request-headers";
constexpr std::string_view kVary = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method";
constexpr size_t kHeadersAskedMax = 100;

// "a, b" taken apart; empty parts are left out. One more than the bound tells that there are too many.
std::vector<std::string_view> split(std::string_view list) {
  std::vector<std::string_view> out;
  while (!list.empty() && out.size() <= kHeadersAskedMax) {
    std::string_view item = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), item.size() + 1));
    while (item.starts_with(' ') || item.starts_with('\t')) item.remove_prefix(1);
    while (item.ends_with(' ') || item.ends_with('\t')) item.remove_suffix(1);
    if (!item.empty()) out.push_back(item);
  }
  return out;
}

std::string join(const std::vector<std::string>& items) {
  std::string out;
  for (const auto& item : items) out.append(out.empty() ? "" : ", ").append(item);
  return out;
}

// The method that counts is the one asked for, also where it comes with a request that is no preflight.
model::CorsQuestion question_of(const http::Request& request, std::string_view origin) {
  return {.origin = origin,
          .method = request.headers.get(kAskedMethod).value_or(request.method_text),
          .headers = split(request.headers.get(kAskedHeaders).value_or(""))};
}

// The answer repeats the headers that were asked for: all of them must have been looked at.
model::CorsMatch match_of(const model::Bucket& bucket, const model::CorsQuestion& question) {
  if (!bucket.cors || question.headers.size() > kHeadersAskedMax) return {};
  return model::find_cors_rule(*bucket.cors, question);
}

void show(http::HeaderBlock& out, const http::Request& request, const model::CorsQuestion& question,
          const model::CorsMatch& match) {
  const model::CorsRule& rule = *match.rule;
  out.add("access-control-allow-origin", match.any_origin ? "*" : question.origin);
  const std::string methods = join(rule.methods);
  out.add("access-control-allow-methods", methods == "*" ? question.method : std::string_view(methods));
  if (const auto asked = request.headers.get(kAskedHeaders)) out.add("access-control-allow-headers", *asked);
  if (!rule.exposed.empty()) out.add("access-control-expose-headers", join(rule.exposed));
  if (!match.any_origin) out.add("access-control-allow-credentials", "true");
}

}  // namespace

ApiResult<http::Response> answer_preflight(const http::Request& request, const model::Bucket* bucket) {
  const auto origin = request.headers.get("origin");
  if (!origin || !request.headers.has(kAskedMethod)) {
    return api_fail(ErrorCode::kBadRequest, "A preflight request needs Origin and Access-Control-Request-Method.");
  }
  http::Response response;
  if (bucket == nullptr) {
    response.headers.add("access-control-allow-origin", "*");
    response.headers.add("access-control-allow-methods", "*");
    response.headers.add("access-control-allow-headers", request.headers.get(kAskedHeaders).value_or("*"));
    return response;
  }
  const auto question = question_of(request, *origin);
  const auto match = match_of(*bucket, question);
  if (match.rule == nullptr) return api_fail(ErrorCode::kAccessForbidden);
  show(response.headers, request, question, match);
  response.headers.add("vary", kVary);
  if (match.rule->max_age_s) response.headers.add("access-control-max-age", *match.rule->max_age_s);
  return response;
}

void show_cors(http::HeaderBlock& out, const http::Request& request, const model::Bucket& bucket) {
  if (!bucket.cors) return;
  out.add("vary", kVary);
  const auto origin = request.headers.get("origin");
  if (!origin) return;
  const auto question = question_of(request, *origin);
  const auto match = match_of(bucket, question);
  if (match.rule != nullptr) show(out, request, question, match);
}

}  // namespace garage::api
