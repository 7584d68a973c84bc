#include "api/uri.hpp"

#include <gtest/gtest.h>

namespace garage::api {
namespace {

ErrorCode query_error(std::string_view raw) {
  const auto query = QueryParams::parse(raw);
  EXPECT_FALSE(query.has_value()) << raw;
  return query ? ErrorCode::kInternalError : query.error().code;
}

TEST(QueryParams, AreDecodedInOrder) {
  const auto query = QueryParams::parse("prefix=a%2Fb+c&acl&marker=&x=%E2%82%AC=1&%41=1");
  ASSERT_TRUE(query.has_value());
  std::string all;
  for (const QueryParam& param : *query) {
    all.append(param.name).append(param.has_value ? "=" : "").append(param.value).append(";");
  }
  EXPECT_EQ(all, "prefix=a/b c;acl;marker=;x=\xE2\x82\xAC=1;A=1;");
  EXPECT_EQ(query->get("prefix"), "a/b c");
  EXPECT_EQ(query->get("acl"), "");
  EXPECT_FALSE(query->find("acl")->has_value);
  EXPECT_TRUE(query->find("marker")->has_value);
  EXPECT_FALSE(query->has("Prefix"));
  EXPECT_EQ(query->find("prefix")->raw_value, "a%2Fb+c");
}

TEST(QueryParams, EmptyPiecesAreNothing) {
  EXPECT_EQ(QueryParams::parse("")->size(), 0u);
  EXPECT_EQ(QueryParams::parse("&&")->size(), 0u);
  EXPECT_EQ(QueryParams::parse("&a=1&&b&")->size(), 2u);
}

TEST(QueryParams, SurviveAMove) {
  auto query = QueryParams::parse("a=%31");
  QueryParams moved = std::move(*query);
  EXPECT_EQ(moved.get("a"), "1");
}

TEST(QueryParams, AmbiguousOrUndecodableIsRefused) {
  using enum ErrorCode;
  EXPECT_EQ(query_error("a=1&a=2"), kInvalidArgument);
  EXPECT_EQ(query_error("a&%61"), kInvalidArgument);
  EXPECT_EQ(query_error("=1"), kInvalidUri);
  for (const char* raw : {"a=%", "a=%2", "a=%zz", "%=1", "a=%00", "a=%ff", "a=\xff", "a=%c0%af", "a=%ed%a0%80"}) {
    EXPECT_EQ(query_error(raw), kInvalidUri) << raw;
  }
  EXPECT_EQ(query_error(std::string_view("a\0b=1", 5)), kInvalidUri);
  std::string many;
  for (int i = 0; i < 100; ++i) many += "p" + std::to_string(i) + "&";
  EXPECT_TRUE(QueryParams::parse(many).has_value());
  EXPECT_EQ(query_error(many + "one-more"), kInvalidArgument);
}

struct Place {
  std::string bucket, key;
  bool virtual_host = false;
  friend bool operator==(const Place&, const Place&) = default;
};

Place place(std::string_view path, std::string_view host, std::string_view root_domain) {
  const auto uri = parse_uri(path, "");
  if (!uri) return {"error: " + std::string(to_string(uri.error().code)), "", false};
  const auto address = locate(*uri, host, root_domain);
  if (!address) return {"error: " + std::string(to_string(address.error().code)), "", false};
  return {address->bucket, address->key, address->virtual_host};
}

TEST(Uri, PathStyle) {
  const auto at = [](std::string_view path) { return place(path, "s3.example.com:3900", "s3.example.com"); };
  EXPECT_EQ(at("/"), (Place{"", ""}));
  EXPECT_EQ(at("/b"), (Place{"b", ""}));
  EXPECT_EQ(at("/b/"), (Place{"b", ""}));
  EXPECT_EQ(at("/b/k"), (Place{"b", "k"}));
  EXPECT_EQ(at("/b//k"), (Place{"b", "/k"}));
  EXPECT_EQ(at("/b/a/../b//./c/"), (Place{"b", "a/../b//./c/"}));
  EXPECT_EQ(at("/b/a+b%20c%2Fd"), (Place{"b", "a+b c/d"}));
  EXPECT_EQ(at("/b/%E2%82%AC"), (Place{"b", "\xE2\x82\xAC"}));
  EXPECT_EQ(at("/b%2Fc/k"), (Place{"b/c", "k"}));
  EXPECT_EQ(at("//k").bucket, "error: InvalidBucketName");
}

TEST(Uri, VirtualHostStyle) {
  EXPECT_EQ(place("/k/l", "b.s3.example.com", ".s3.example.com"), (Place{"b", "k/l", true}));
  EXPECT_EQ(place("/k/l", "b.s3.example.com", "s3.example.com"), (Place{"b", "k/l", true}));
  EXPECT_EQ(place("//k", "A.B.S3.Example.Com:3900", "s3.example.com"), (Place{"a.b", "/k", true}));
  EXPECT_EQ(place("/", "b.s3.example.com.", "s3.example.com"), (Place{"b", "", true}));
  EXPECT_EQ(place("/", ".s3.example.com", "s3.example.com").bucket, "error: InvalidBucketName");
  // Not below the root domain, or no root domain.
  EXPECT_EQ(place("/b/k", "evils3.example.com", "s3.example.com"), (Place{"b", "k", false}));
  EXPECT_EQ(place("/b/k", "b.s3.example.com.evil.org", "s3.example.com"), (Place{"b", "k", false}));
  EXPECT_EQ(place("/b/k", "b.s3.example.com", ""), (Place{"b", "k", false}));
  EXPECT_EQ(place("/b/k", "[::1]:3900", "s3.example.com"), (Place{"b", "k", false}));
  EXPECT_EQ(place("/b/k", "127.0.0.1:3900", "s3.example.com"), (Place{"b", "k", false}));
}

TEST(Uri, HostNames) {
  EXPECT_EQ(host_name("Example.COM:80"), "example.com");
  EXPECT_EQ(host_name("example.com."), "example.com");
  EXPECT_EQ(host_name("[2001:DB8::1]:3900"), "[2001:db8::1]");
}

TEST(Uri, WhatCannotBeAKeyIsRefused) {
  for (const char* path :
       {"/b/%", "/b/%4", "/b/%4g", "/b/%00", "/b/a%00b", "/b/%ff", "/b/\xc0\xaf", "/%ff/k", "b/k", ""}) {
    const auto uri = parse_uri(path, "");
    ASSERT_FALSE(uri.has_value()) << path;
    EXPECT_EQ(uri.error().code, ErrorCode::kInvalidUri) << path;
    EXPECT_EQ(uri.error().text(), "Couldn't parse the specified URI.");
  }
  EXPECT_EQ(place("/b/" + std::string(1024, 'k'), "h", "").key.size(), 1024u);
  EXPECT_EQ(place("/b/" + std::string(1025, 'k'), "h", "").bucket, "error: KeyTooLongError");
}

TEST(Uri, TheAsteriskNamesNothing) {
  EXPECT_EQ(place("*", "h", ""), (Place{"", ""}));
}

}  // namespace
}  // namespace garage::api
