// Website, CORS and tags of buckets; tags of objects; what pages of other origins are told.
#include <gmock/gmock.h>

#include "s3/testing/front.hpp"

namespace garage::s3 {
namespace {

using testing::Front;
using ::testing::HasSubstr;
using testing::Seen;
using testing::TestRequest;

TEST_F(Front, WebsiteThereAndBack) {
  EXPECT_EQ(ask("GET", "/box?website").element("Code"), "NoSuchWebsiteConfiguration");
  const std::string members =
      "<IndexDocument><Suffix>i.html</Suffix></IndexDocument><ErrorDocument><Key>e.html</Key></ErrorDocument>"
      "<RoutingRules><RoutingRule><Condition><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals>"
      "<KeyPrefixEquals>a/</KeyPrefixEquals></Condition><Redirect><HostName>h.example</HostName><Protocol>https"
      "</Protocol><HttpRedirectCode>307</HttpRedirectCode><ReplaceKeyPrefixWith>b/</ReplaceKeyPrefixWith></Redirect>"
      "</RoutingRule></RoutingRules>";
  EXPECT_EQ(ask("PUT", "/box?website", "<WebsiteConfiguration>" + members + "</WebsiteConfiguration>").status, 200);
  EXPECT_THAT(ask("GET", "/box?website").body, HasSubstr(members));
  const std::string away =
      "<RedirectAllRequestsTo><HostName>n.example</HostName></RedirectAllRequestsTo></WebsiteConfiguration>";
  EXPECT_EQ(ask("PUT", "/box?website", "<WebsiteConfiguration>" + away).status, 200);
  EXPECT_THAT(ask("GET", "/box?website").body, HasSubstr(away));
  EXPECT_EQ(ask("DELETE", "/box?website").status, 204);
  EXPECT_EQ(ask("GET", "/box?website").status, 404);
}

// Tools that compare what is configured with what they asked for find no difference.
TEST_F(Front, ARuleShowsNoStatusThatItWasNotGiven) {
  const auto shown = [&](const std::string& members) {
    const std::string document =
        "<WebsiteConfiguration><IndexDocument><Suffix>i</Suffix></IndexDocument><RoutingRules><RoutingRule><Redirect>" +
        members + "</Redirect></RoutingRule></RoutingRules></WebsiteConfiguration>";
    EXPECT_EQ(ask("PUT", "/box?website", document).status, 200);
    return ask("GET", "/box?website").element("Redirect");
  };
  const std::string replacement = "<ReplaceKeyWith>k</ReplaceKeyWith>",
                    code = "<HttpRedirectCode>302</HttpRedirectCode>";
  EXPECT_EQ(shown(replacement), replacement);
  EXPECT_EQ(shown(code + replacement), code + replacement);
}

TEST_F(Front, WebsitesThatMakeNoSense) {
  const auto put = [&](const std::string& members) {
    return ask("PUT", "/box?website", "<WebsiteConfiguration>" + members + "</WebsiteConfiguration>").element("Code");
  };
  EXPECT_EQ(put("<IndexDocument><Suffix>a/b</Suffix></IndexDocument>"), "InvalidRequest");
  EXPECT_EQ(put("<RedirectAllRequestsTo/>"), "InvalidRequest");
  EXPECT_EQ(put("<IndexDocument><Suffix>i</Suffix></IndexDocument><RedirectAllRequestsTo><HostName>h</HostName>"
                "</RedirectAllRequestsTo>"),
            "InvalidRequest");
  EXPECT_EQ(put("<RoutingRules><RoutingRule/></RoutingRules>"), "MalformedXML");
  EXPECT_EQ(put("<RoutingRules><RoutingRule><Redirect><HttpRedirectCode>x</HttpRedirectCode></Redirect></RoutingRule>"
                "</RoutingRules>"),
            "MalformedXML");
  EXPECT_EQ(ask("PUT", "/box?website", "<Other/>").element("Code"), "MalformedXML");
  EXPECT_EQ(ask("GET", "/box?website").status, 404);
}

TEST_F(Front, CorsThereAndBack) {
  EXPECT_EQ(ask("GET", "/box?cors").element("Code"), "NoSuchCORSConfiguration");
  const std::string rule =
      "<CORSRule><ID>one</ID><AllowedOrigin>http://*.a</AllowedOrigin><AllowedMethod>GET</AllowedMethod>"
      "<AllowedHeader>x-*</AllowedHeader><ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>5</MaxAgeSeconds></CORSRule>";
  EXPECT_EQ(ask("PUT", "/box?cors", "<CORSConfiguration>" + rule + "</CORSConfiguration>").status, 200);
  EXPECT_THAT(ask("GET", "/box?cors").body, HasSubstr(rule));
  const auto put = [&](const std::string& text) {
    return ask("PUT", "/box?cors", "<CORSConfiguration><CORSRule>" + text + "</CORSRule></CORSConfiguration>")
        .element("Code");
  };
  EXPECT_EQ(put(""), "MalformedXML");
  EXPECT_EQ(put("<AllowedOrigin>*</AllowedOrigin><AllowedMethod>PATCH</AllowedMethod>"), "InvalidRequest");
  EXPECT_EQ(put("<AllowedOrigin>a*b*</AllowedOrigin><AllowedMethod>GET</AllowedMethod>"), "InvalidRequest");
  EXPECT_THAT(ask("GET", "/box?cors").body, HasSubstr(rule)) << "what was refused has changed nothing";
  EXPECT_EQ(ask("DELETE", "/box?cors").status, 204);
  EXPECT_EQ(ask("GET", "/box?cors").status, 404);
}

TEST_F(Front, PagesOfOtherOriginsAreToldAlsoOfErrors) {
  ask("PUT", "/box?cors",
      "<CORSConfiguration><CORSRule><AllowedOrigin>http://a</AllowedOrigin><AllowedMethod>GET</AllowedMethod>"
      "</CORSRule></CORSConfiguration>");
  ask("PUT", "/box/key", "x");
  const auto allowed = [](const Seen& seen) { return seen.header("access-control-allow-origin"); };
  EXPECT_EQ(allowed(ask("GET", "/box/key", "", {{"origin", "http://a"}})), "http://a");
  EXPECT_EQ(allowed(ask("GET", "/box/none", "", {{"origin", "http://a"}})), "http://a");
  EXPECT_EQ(allowed(ask_as(stranger, "GET", "/box/key", "", {{"origin", "http://a"}})), "http://a");
  EXPECT_EQ(allowed(ask("GET", "/box/key", "", {{"origin", "http://b"}})), "-");
  EXPECT_EQ(allowed(ask("PUT", "/box/key", "x", {{"origin", "http://a"}})), "-");
  EXPECT_EQ(allowed(ask("GET", "/box/key")), "-");

  TestRequest preflight("OPTIONS", "/box/key");
  preflight.header("host", "127.0.0.1").header("origin", "http://a").header("access-control-request-method", "GET");
  EXPECT_EQ(ask(preflight).status, 200) << "nobody signs a preflight";
  preflight.replace("access-control-request-method", "PUT");
  EXPECT_EQ(ask(preflight).element("Code"), "AccessForbidden");
  preflight.set_target("/local-name/key");
  EXPECT_EQ(allowed(ask(preflight)), "*") << "may be a name that only a key knows";
  preflight.remove("origin");
  EXPECT_EQ(ask(preflight).status, 400);
}

std::string tagging(const std::string& tags) {
  return "<Tagging><TagSet>" + tags + "</TagSet></Tagging>";
}
constexpr const char* kTwo = "<Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>b c</Key><Value></Value></Tag>";

TEST_F(Front, TagsOfObjects) {
  ask("PUT", "/box/key", "hello", {{"x-amz-tagging", "b+c&a=1"}, {"x-amz-meta-m", "v"}});
  const auto before = ask("GET", "/box/key");
  EXPECT_EQ(before.header("x-amz-tagging-count"), "2");
  EXPECT_EQ(before.header("x-amz-tagging"), "-");
  EXPECT_EQ(ask("GET", "/box/key?tagging").element("TagSet"), kTwo);
  node.clock.unix_ms += 5000;
  EXPECT_EQ(ask("PUT", "/box/key?tagging", tagging("<Tag><Key>k</Key><Value>v</Value></Tag>")).status, 200);
  const auto after = ask("GET", "/box/key");
  EXPECT_EQ(after.header("x-amz-tagging-count"), "1");
  EXPECT_EQ(after.header("last-modified"), before.header("last-modified"));
  EXPECT_EQ(after.header("x-amz-meta-m"), "v");
  EXPECT_EQ(after.body, "hello");
  EXPECT_EQ(ask("PUT", "/box/key?tagging", tagging("<Tag><Key>aws:k</Key><Value>v</Value></Tag>")).element("Code"),
            "InvalidTag");
  EXPECT_EQ(ask("PUT", "/box/key?tagging", "<Tagging/>").element("Code"), "MalformedXML");
  EXPECT_EQ(ask("GET", "/box/key?tagging&versionId=other").element("Code"), "NoSuchVersion");
  EXPECT_EQ(ask("DELETE", "/box/key?tagging").status, 204);
  EXPECT_EQ(ask("GET", "/box/key").header("x-amz-tagging-count"), "-");
  EXPECT_EQ(ask("PUT", "/box/none?tagging", tagging(kTwo)).element("Code"), "NoSuchKey");
}

// As many and as long as a document may set them, they are longer than a header may be.
TEST_F(Front, WhatADocumentTagsIsReadAgain) {
  ask("PUT", "/box/key", "hello");
  std::string tags, long_value;
  for (int i = 0; i < 256; ++i) long_value += "é";
  for (int i = 0; i < 10; ++i) {
    tags += "<Tag><Key>k" + std::to_string(i) + "</Key><Value>" + long_value + "</Value></Tag>";
  }
  EXPECT_EQ(ask("PUT", "/box/key?tagging", tagging(tags)).status, 200);
  EXPECT_TRUE(ask("GET", "/box/key?tagging").element("TagSet") == tags);
  EXPECT_EQ(ask("PUT", "/box/new", "x", {{"x-amz-tagging", std::string(8193, '&')}}).element("Code"), "InvalidTag");
}

TEST_F(Front, CopiesTakeTagsAndMetadataEachByItsDirective) {
  ask("PUT", "/box/key", "x", {{"x-amz-tagging", "a=1"}, {"x-amz-meta-m", "v"}});
  const auto copy = [&](testing::Fields fields) {
    fields.emplace_back("x-amz-copy-source", "/box/key");
    fields.emplace_back("x-amz-tagging", "new=2");
    fields.emplace_back("x-amz-meta-n", "w");
    EXPECT_EQ(ask("PUT", "/box/copy", "", fields).status, 200);
    const auto head = ask("HEAD", "/box/copy");
    return ask("GET", "/box/copy?tagging").element("Key") + " " + head.header("x-amz-meta-m") + " " +
           head.header("x-amz-meta-n");
  };
  EXPECT_EQ(copy({}), "a v -");
  EXPECT_EQ(copy({{"x-amz-metadata-directive", "REPLACE"}}), "a - w");
  EXPECT_EQ(copy({{"x-amz-tagging-directive", "REPLACE"}}), "new v -");
}

TEST_F(Front, TagsOfBuckets) {
  EXPECT_EQ(ask("GET", "/box?tagging").element("Code"), "NoSuchTagSet");
  EXPECT_EQ(ask("PUT", "/box?tagging", tagging(kTwo)).status, 204);
  EXPECT_EQ(ask("GET", "/box?tagging").element("TagSet"), kTwo);
  EXPECT_EQ(ask("DELETE", "/box?tagging").status, 204);
  EXPECT_EQ(ask("GET", "/box?tagging").status, 404);
}

TEST_F(Front, RedirectsAreStoredAndShown) {
  EXPECT_EQ(ask("PUT", "/box/key", "", {{"x-amz-website-redirect-location", "/other"}}).status, 200);
  EXPECT_EQ(ask("HEAD", "/box/key").header("x-amz-website-redirect-location"), "/other");
  EXPECT_EQ(ask("PUT", "/box/key", "", {{"x-amz-website-redirect-location", "other"}}).element("Code"),
            "InvalidRequest");
  ask("PUT", "/box/copy", "", {{"x-amz-copy-source", "/box/key"}});
  EXPECT_EQ(ask("HEAD", "/box/copy").header("x-amz-website-redirect-location"), "-") << "never copied";
}

}  // namespace
}  // namespace garage::s3
