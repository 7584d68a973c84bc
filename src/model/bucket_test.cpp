#include "model/bucket.hpp"

#include <gtest/gtest.h>

namespace garage::model {
namespace {

Bucket site() {
  Bucket bucket;
  bucket.created_ms = 7;
  bucket.website = WebsiteConfig{};
  bucket.website->error_document = "404.html";
  RoutingRule rule;
  rule.key_prefix = "old/";
  rule.host_name = "elsewhere.example";
  rule.protocol = "https";
  rule.redirect_code = 301;
  rule.replace_prefix = "";
  RoutingRule spa;
  spa.error_code = 404;
  spa.redirect_code = 200;
  spa.replace_key = "index.html";
  bucket.website->routing_rules = {rule, spa};
  bucket.cors = CorsRules{CorsRule{.id = "one",
                                   .origins = {"https://*.example"},
                                   .methods = {"GET", "HEAD"},
                                   .headers = {"x-amz-*"},
                                   .exposed = {"ETag"},
                                   .max_age_s = 60}};
  bucket.tags = {{"team", "blue"}, {"empty", ""}};
  return bucket;
}

TEST(Bucket, AllFieldsLiveThroughTheRow) {
  const Bucket bucket = site();
  const auto read = decode_bucket(encode_bucket(bucket));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, bucket);
  Bucket empty = bucket;
  empty.cors = CorsRules{};
  empty.website = WebsiteConfig{};
  empty.website->redirect_all = RedirectAll{"other.example", std::nullopt};
  EXPECT_EQ(*decode_bucket(encode_bucket(empty)), empty) << "no rule is not the same as no configuration";
}

TEST(Bucket, AWebsiteOfAnOlderRowIsRead) {
  // The website as programs wrote it that knew two documents only.
  auto old = codec::TlvWriter::nested();
  old.bytes(1, "start.html");
  old.bytes(2, "oops.html");
  auto row = codec::TlvWriter::nested();
  row.u64(3, 8);
  row.message(9, old);
  const auto read = decode_bucket(row.body());
  ASSERT_TRUE(read);
  WebsiteConfig expected;
  expected.index_document = "start.html";
  expected.error_document = "oops.html";
  EXPECT_EQ(read->website, expected);
  EXPECT_FALSE(read->cors);
  EXPECT_EQ(encode_website(*read->website).body(), old.body()) << "and written back as it was";
}

TEST(Website, WhatMakesNoSenseIsRefused) {
  const auto refused = [](auto change) {
    WebsiteConfig website = *site().website;
    change(website);
    return !check_website(website);
  };
  EXPECT_FALSE(refused([](WebsiteConfig&) {}));
  EXPECT_TRUE(refused([](auto& w) { w.index_document = ""; }));
  EXPECT_TRUE(refused([](auto& w) { w.index_document = "a/b.html"; }));
  EXPECT_TRUE(refused([](auto& w) { w.error_document = ""; }));
  EXPECT_TRUE(refused([](auto& w) { w.redirect_all = RedirectAll{"h", std::nullopt}; }));
  EXPECT_TRUE(refused([](auto& w) { w.routing_rules[0].protocol = "ftp"; }));
  EXPECT_TRUE(refused([](auto& w) { w.routing_rules[0].host_name.reset(); }));
  EXPECT_TRUE(refused([](auto& w) { w.routing_rules[0].redirect_code = 300; }));
  EXPECT_TRUE(refused([](auto& w) { w.routing_rules[0].replace_key = "both"; }));
  EXPECT_TRUE(refused([](auto& w) { w.routing_rules[1].error_code = 403; }));
  EXPECT_TRUE(refused([](auto& w) { w.routing_rules[1].host_name = "h"; }));
  EXPECT_TRUE(refused([](auto& w) { w.routing_rules.resize(kRoutingRulesMax + 1); }));
  EXPECT_TRUE(refused([](auto& w) { w.routing_rules[1].replace_key = std::string(kWebsiteBytesMax, 'x'); }));
}

TEST(Cors, PatternsOfOriginsAndHeaders) {
  const auto allows = [](const std::string& pattern, const std::string& origin) {
    const CorsRules rules{{.origins = {pattern}, .methods = {"GET"}}};
    return find_cors_rule(rules, {.origin = origin, .method = "GET"}).rule != nullptr;
  };
  EXPECT_TRUE(allows("*", "https://a"));
  EXPECT_TRUE(allows("*suffix", "foo.suffix"));
  EXPECT_FALSE(allows("*suffix", "foo.suffix.get"));
  EXPECT_TRUE(allows("start*end", "startend"));
  EXPECT_TRUE(allows("start*end", "start1end"));
  EXPECT_FALSE(allows("start*end", "0start12end"));
  EXPECT_FALSE(allows("aba*aba", "aba")) << "head and tail do not overlap";
  EXPECT_TRUE(allows("prefix*", "prefix.suffix"));
  EXPECT_FALSE(allows("https://A", "https://a")) << "origins are compared exactly";
  EXPECT_FALSE(allows("**", "https://a"));

  CorsRules rules = *site().cors;
  EXPECT_EQ(find_cors_rule(rules, {"https://x.example", "PUT", {}}).rule, nullptr);
  EXPECT_EQ(find_cors_rule(rules, {"https://x.example", "GET", {"X-Amz-Date"}}).rule, &rules[0]);
  EXPECT_EQ(find_cors_rule(rules, {"https://x.example", "GET", {"x-amz-date", "content-type"}}).rule, nullptr);
  rules.push_back({.origins = {"http://a", "*"}, .methods = {"*"}, .headers = {"*"}});
  const auto any = find_cors_rule(rules, {"https://x.example", "PUT", {"content-type"}});
  EXPECT_EQ(any.rule, &rules[1]);
  EXPECT_TRUE(any.any_origin);
  EXPECT_FALSE(find_cors_rule(rules, {"http://a", "PUT", {}}).any_origin);
}

TEST(Cors, WhatMakesNoSenseIsRefused) {
  const CorsRule good{.origins = {"*"}, .methods = {"GET"}};
  EXPECT_TRUE(check_cors({}));
  EXPECT_TRUE(check_cors({good}));
  EXPECT_FALSE(check_cors({{.methods = {"GET"}}}));
  EXPECT_FALSE(check_cors({{.origins = {"*"}}}));
  EXPECT_FALSE(check_cors({{.origins = {"*"}, .methods = {"PATCH"}}}));
  EXPECT_FALSE(check_cors({{.origins = {"a*b*"}, .methods = {"GET"}}}));
  EXPECT_FALSE(check_cors({{.origins = {"*"}, .methods = {"GET"}, .headers = {"**"}}}));
  EXPECT_FALSE(check_cors(CorsRules(kCorsRulesMax + 1, good)));
  EXPECT_FALSE(check_cors({{.id = std::string(kCorsBytesMax, 'x'), .origins = {"*"}, .methods = {"GET"}}}));
}

}  // namespace
}  // namespace garage::model
