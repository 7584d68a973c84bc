#include "web/domain_check.hpp"

#include <gtest/gtest.h>

#include "object/testing/object_node.hpp"
#include "web/site.hpp"

namespace garage::web {
namespace {

TEST(BucketName, OfAHost) {
  EXPECT_EQ(bucket_name_of("Site.web.example:3902", ".web.example"), "site");
  EXPECT_EQ(bucket_name_of("a.b.web.example", "web.example"), "a.b");
  EXPECT_EQ(bucket_name_of("www.other.example.", ".web.example"), "www.other.example");
  EXPECT_EQ(bucket_name_of("xweb.example", ".web.example"), "xweb.example");
  EXPECT_EQ(bucket_name_of("web.example", ".web.example"), "web.example");
  EXPECT_EQ(bucket_name_of("site", ""), "site");
  EXPECT_EQ(bucket_name_of("site.web.example", ".Web.EXAMPLE"), "site");
}

TEST(ServesDomain, BucketsAndWebsites) {
  object::testing::Machine machine;
  object::testing::ObjectNode node(machine);
  ASSERT_FALSE(node.broken);
  node.make_bucket("plain");
  for (const std::string name : {"site", "www.example.org"}) {
    const auto bucket = node.make_bucket(name);
    ASSERT_TRUE(node.run(node.settings->edit_bucket(bucket.id, [](model::Bucket& it) -> Result<void> {
      it.website.emplace();
      return {};
    })));
  }
  const auto directory = node.settings->directory();
  const auto serves = [&](std::string_view domain) {
    return serves_domain(*directory, domain, {.s3_api = ".s3.example", .web = ".web.example"});
  };
  EXPECT_TRUE(serves("plain.s3.example"));
  EXPECT_TRUE(serves("site.s3.example"));
  EXPECT_FALSE(serves("other.s3.example"));
  EXPECT_TRUE(serves("site.web.example"));
  EXPECT_FALSE(serves("plain.web.example")) << "has no website";
  EXPECT_TRUE(serves("www.example.org"));
  EXPECT_TRUE(serves("WWW.example.org."));
  EXPECT_FALSE(serves("plain"));
  EXPECT_FALSE(serves("s3.example"));
  EXPECT_FALSE(serves(""));
  EXPECT_FALSE(serves_domain(*directory, "site.web.example", {.s3_api = ".s3.example", .web = ""}));

  EXPECT_EQ(served_host(*directory, "WWW.example.org:3902", "web.example"), "www.example.org");
  EXPECT_EQ(served_host(*directory, "site.web.example", "web.example"), "site.web.example");
  EXPECT_EQ(served_host(*directory, "plain.web.example", "web.example"), "unknown") << "has no website";
  EXPECT_EQ(served_host(*directory, "made.up", "web.example"), "unknown");
}

}  // namespace
}  // namespace garage::web
