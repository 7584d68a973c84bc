#include "api/cors.hpp"

#include <gtest/gtest.h>

#include "api/testing/test_request.hpp"

namespace garage::api {
namespace {

using testing::TestRequest;

model::Bucket bucket_with(model::CorsRules rules) {
  model::Bucket bucket;
  bucket.cors = std::move(rules);
  return bucket;
}

std::string get(const http::HeaderBlock& headers, std::string_view name) {
  return std::string(headers.get(name).value_or("-"));
}

TEST(Preflight, NeedsItsTwoHeaders) {
  const model::Bucket bucket = bucket_with({{.origins = {"*"}, .methods = {"GET"}}});
  TestRequest request("OPTIONS", "/b");
  EXPECT_EQ(answer_preflight(request.get(), &bucket).error().status(), 400);
  request.header("origin", "http://a");
  EXPECT_EQ(answer_preflight(request.get(), &bucket).error().status(), 400);
  request.header("access-control-request-method", "GET");
  EXPECT_TRUE(answer_preflight(request.get(), &bucket));
}

TEST(Preflight, SaysWhatTheRuleAllows) {
  const model::Bucket bucket = bucket_with({{.origins = {"http://*.example"},
                                             .methods = {"GET", "PUT"},
                                             .headers = {"x-amz-*"},
                                             .exposed = {"ETag", "x-amz-request-id"},
                                             .max_age_s = 50}});
  TestRequest request("OPTIONS", "/b/k");
  request.header("origin", "http://www.example").header("access-control-request-method", "PUT");
  request.header("access-control-request-headers", "X-Amz-Date, x-amz-acl");
  const auto answer = answer_preflight(request.get(), &bucket);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(get(answer->headers, "access-control-allow-origin"), "http://www.example");
  EXPECT_EQ(get(answer->headers, "access-control-allow-methods"), "GET, PUT");
  EXPECT_EQ(get(answer->headers, "access-control-allow-headers"), "X-Amz-Date, x-amz-acl");
  EXPECT_EQ(get(answer->headers, "access-control-expose-headers"), "ETag, x-amz-request-id");
  EXPECT_EQ(get(answer->headers, "access-control-max-age"), "50");
  EXPECT_EQ(get(answer->headers, "access-control-allow-credentials"), "true");
  EXPECT_EQ(get(answer->headers, "vary"), "Origin, Access-Control-Request-Headers, Access-Control-Request-Method");
  request.replace("access-control-request-headers", "x-other");
  EXPECT_EQ(answer_preflight(request.get(), &bucket).error().code, ErrorCode::kAccessForbidden);
}

TEST(Preflight, WithoutRulesNothingIsAllowed) {
  TestRequest request("OPTIONS", "/b");
  request.header("origin", "http://a").header("access-control-request-method", "GET");
  const model::Bucket none;
  EXPECT_EQ(answer_preflight(request.get(), &none).error().code, ErrorCode::kAccessForbidden);
  const auto unknown = answer_preflight(request.get(), nullptr);
  ASSERT_TRUE(unknown) << "a name that only a key can resolve";
  EXPECT_EQ(get(unknown->headers, "access-control-allow-origin"), "*");
}

TEST(Preflight, AllowsNoHeaderBehindTooMany) {
  const model::Bucket bucket = bucket_with({{.origins = {"*"}, .methods = {"GET"}, .headers = {"x-ok-*"}}});
  TestRequest request("OPTIONS", "/b");
  request.header("origin", "http://a").header("access-control-request-method", "GET");
  std::string names = "x-ok-0";
  for (int i = 1; i < 100; ++i) names += ",x-ok-" + std::to_string(i);
  request.header("access-control-request-headers", names);
  EXPECT_TRUE(answer_preflight(request.get(), &bucket));
  const std::string too_many = names + ",x-other";
  request.replace("access-control-request-headers", too_many);
  EXPECT_EQ(answer_preflight(request.get(), &bucket).error().code, ErrorCode::kAccessForbidden);
}

TEST(CorsHeaders, OfOrdinaryAnswers) {
  const model::Bucket bucket = bucket_with({{.origins = {"*"}, .methods = {"GET"}, .max_age_s = 9}});
  http::HeaderBlock headers;
  TestRequest request("GET", "/b/k");
  show_cors(headers, request.get(), bucket);
  EXPECT_EQ(get(headers, "access-control-allow-origin"), "-") << "without an origin";
  EXPECT_TRUE(get(headers, "vary").starts_with("Origin")) << "a cache must not give this answer to a page";
  headers = {};
  request.header("origin", "http://a");
  show_cors(headers, request.get(), bucket);
  EXPECT_EQ(get(headers, "access-control-allow-origin"), "*");
  EXPECT_EQ(get(headers, "access-control-allow-credentials"), "-");
  EXPECT_EQ(get(headers, "access-control-max-age"), "-");

  http::HeaderBlock of_put;
  TestRequest put("PUT", "/b/k");
  put.header("origin", "http://a");
  show_cors(of_put, put.get(), bucket);
  EXPECT_EQ(get(of_put, "access-control-allow-origin"), "-");
  EXPECT_TRUE(get(of_put, "vary").starts_with("Origin"));
  of_put = {};
  put.header("access-control-request-method", "GET");
  show_cors(of_put, put.get(), bucket);
  EXPECT_EQ(get(of_put, "access-control-allow-origin"), "*") << "the method asked for counts";
  EXPECT_EQ(of_put.text().find("vary"), of_put.text().rfind("vary")) << "said once";

  http::HeaderBlock without_rules;
  show_cors(without_rules, put.get(), {});
  EXPECT_TRUE(without_rules.empty());
}

}  // namespace
}  // namespace garage::api
