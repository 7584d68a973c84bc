#include "api/tagging.hpp"

#include <gtest/gtest.h>

namespace garage::api {
namespace {

std::string through(std::string_view header) {
  const auto tags = parse_tagging(header);
  return tags ? render_tagging(*tags) : "<" + std::string(to_string(tags.error().code)) + ">";
}

TEST(Tagging, HeaderThereAndBack) {
  EXPECT_EQ(through(""), "");
  EXPECT_EQ(through("foo=bar&bar"), "bar=&foo=bar");
  EXPECT_EQ(through("a+b=%2B"), "a%20b=%2B");
  EXPECT_EQ(through("k=a=b"), "k=a%3Db");
  EXPECT_EQ(through("%C3%A9=1"), "%C3%A9=1");
  EXPECT_EQ(tag_count(""), 0u);
  EXPECT_EQ(tag_count("bar=&foo=bar"), 2u);
}

TEST(Tagging, WhatMayNotBe) {
  for (const std::string bad : {"=v", "aws:x=1", "a=1&a=2", "a=%", "a%21=1", "a=%7B", "a=%FF"}) {
    EXPECT_EQ(through(bad), "<InvalidTag>") << bad;
  }
  EXPECT_EQ(through(std::string(128, 'k') + "=" + std::string(256, 'v')).size(), 128u + 1 + 256);
  EXPECT_EQ(through(std::string(129, 'k') + "=v"), "<InvalidTag>");
  EXPECT_EQ(through("k=" + std::string(257, 'v')), "<InvalidTag>");
  std::string many = "k0=v";
  for (int i = 1; i < 10; ++i) many += "&k" + std::to_string(i) + "=v";
  EXPECT_EQ(through(many), many);
  EXPECT_EQ(through(many + "&one=more"), "<InvalidTag>");
}

}  // namespace
}  // namespace garage::api
