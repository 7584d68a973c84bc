#include "web/service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/testing/seen.hpp"
#include "api/testing/test_request.hpp"
#include "object/testing/object_node.hpp"

namespace garage::web {
namespace {

using api::testing::Seen;
using api::testing::TestRequest;
using ::testing::HasSubstr;

class WebService : public ::testing::Test {
 protected:
  WebService() : node(machine), env(node.env(machine)), service({env, *node.settings, *node.objects, options}) {
    site = node.make_bucket("site");
    node.make_bucket("closed");
    configure([](model::Bucket& bucket) { bucket.website.emplace(); });
  }

  void configure(std::function<void(model::Bucket&)> change) {
    const auto edited = node.run(node.settings->edit_bucket(site.id, [change](model::Bucket& bucket) -> Result<void> {
      change(bucket);
      return {};
    }));
    ASSERT_TRUE(edited);
  }
  void put(std::string key, std::string bytes, std::vector<std::pair<std::string, std::string>> headers = {}) {
    auto request = node.put_request(site, std::move(key));
    request.headers = std::move(headers);
    object::testing::StringSource source(std::move(bytes));
    ASSERT_TRUE(node.run(node.objects->put(std::move(request), source)));
  }

  Seen ask(TestRequest& request) {
    if (!request.get().headers.has("host")) request.header("host", "site.web.example:3902");
    return api::testing::see(node, service, request.get());
  }
  Seen get(const std::string& path) {
    TestRequest request("GET", path);
    return ask(request);
  }

  object::testing::Machine machine;
  object::testing::ObjectNode node;
  env::Env env;
  Options options{".web.example"};
  Service service;
  object::BucketRef site;
};

TEST_F(WebService, ServesPagesWithTheirHeaders) {
  put("index.html", "<p>hello", {{"content-type", "text/html"}, {"x-amz-meta-color", "blue"}});
  const Seen seen = get("/?anything=1");
  EXPECT_EQ(seen.status, 200);
  EXPECT_EQ(seen.body, "<p>hello");
  EXPECT_EQ(seen.header("content-type"), "text/html");
  EXPECT_EQ(seen.header("x-amz-meta-color"), "blue");
  EXPECT_NE(seen.header("etag"), "-");
  EXPECT_EQ(seen.header("x-amz-request-id").size(), 16u);

  TestRequest head("HEAD", "/");
  const Seen of_head = ask(head);
  EXPECT_EQ(of_head.status, 200);
  EXPECT_EQ(of_head.body, "");
  EXPECT_EQ(of_head.response.entity_length, 8u);
}

TEST_F(WebService, OnlyWebsitesAreServed) {
  put("index.html", "x");
  TestRequest closed("GET", "/"), missing("GET", "/");
  closed.header("host", "closed.web.example");
  missing.header("host", "missing.web.example");
  const Seen of_closed = ask(closed), of_missing = ask(missing);
  EXPECT_EQ(of_closed.status, 404);
  EXPECT_EQ(of_closed.body, of_missing.body) << "who asks does not learn which buckets exist";
  EXPECT_THAT(of_closed.body, HasSubstr("<title>404 Not Found</title>"));
  TestRequest own_name("GET", "/");
  own_name.header("host", "site");
  EXPECT_EQ(ask(own_name).status, 200);
}

TEST_F(WebService, OnlyReadsAreAnswered) {
  for (const std::string method : {"PUT", "POST", "DELETE", "PATCH"}) {
    TestRequest request(method, "/index.html");
    const Seen seen = ask(request);
    EXPECT_EQ(seen.status, 405) << method;
    EXPECT_EQ(seen.header("allow"), "GET, HEAD, OPTIONS");
  }
}

TEST_F(WebService, NothingIsListed) {
  put("secret/a", "x");
  for (const std::string path : {"/", "/secret/", "/?list-type=2", "/?uploads", "/secret/?prefix="}) {
    const Seen seen = get(path);
    EXPECT_EQ(seen.status, 404) << path;
    EXPECT_THAT(seen.body, ::testing::Not(HasSubstr("secret/a")));
  }
}

TEST_F(WebService, FoldersAndMovedObjects) {
  put("docs/index.html", "docs");
  put("moved", "", {{"x-amz-website-redirect-location", "/docs/"}});
  EXPECT_EQ(get("/docs/").body, "docs");
  EXPECT_EQ(get("/docs").status, 302);
  EXPECT_EQ(get("/docs").header("location"), "/docs/");
  EXPECT_EQ(get("/moved").status, 301);
  EXPECT_EQ(get("/moved").header("location"), "/docs/");
  put("docs", "a page of that name");
  EXPECT_EQ(get("/docs").body, "a page of that name");
}

TEST_F(WebService, ErrorDocuments) {
  configure([](model::Bucket& bucket) { bucket.website->error_document = "404.html"; });
  EXPECT_THAT(get("/none").body, HasSubstr("NoSuchKey")) << "the document itself is missing";
  EXPECT_EQ(get("/none").header("x-content-type-options"), "nosniff") << "a page of our own";
  put("404.html", "lost");
  TestRequest request("GET", "/none");
  request.header("range", "bytes=0-1").header("if-none-match", "*");
  const Seen seen = ask(request);
  EXPECT_EQ(seen.status, 404);
  EXPECT_EQ(seen.header("x-content-type-options"), "-") << "a page of theirs";
  EXPECT_EQ(seen.body, "lost") << "conditions and ranges were not about this document";
  EXPECT_NE(seen.header("x-garage-error"), "-");
  TestRequest head("HEAD", "/none");
  EXPECT_EQ(ask(head).header("x-garage-error"), "-");
  EXPECT_EQ(get("/%").status, 400);
  EXPECT_EQ(get("/%").body, "lost");
}

TEST_F(WebService, RoutingRules) {
  put("app.html", "app");
  put("real", "real");
  configure([](model::Bucket& bucket) {
    model::RoutingRule moved, app;
    moved.key_prefix = "old/";
    moved.replace_prefix = "new/";
    app.error_code = 404;
    app.redirect_code = 200;
    app.replace_key = "app.html";
    bucket.website->routing_rules = {moved, app};
  });
  EXPECT_EQ(get("/old/x").header("location"), "/new/x");
  EXPECT_EQ(get("/real").body, "real");
  EXPECT_EQ(get("/any/where").status, 200);
  EXPECT_EQ(get("/any/where").body, "app");
}

TEST_F(WebService, RangesAndConditions) {
  put("a", "0123456789");
  TestRequest part("GET", "/a");
  part.header("range", "bytes=2-4");
  const Seen seen = ask(part);
  EXPECT_EQ(seen.status, 206);
  EXPECT_EQ(seen.body, "234");
  EXPECT_EQ(seen.header("content-range"), "bytes 2-4/10");
  part.replace("range", "bytes=10-");
  EXPECT_EQ(ask(part).status, 416);
  EXPECT_EQ(ask(part).header("content-range"), "bytes */10");
  part.replace("range", "bytes=2-4").header("if-range", get("/a").header("etag"));
  EXPECT_EQ(ask(part).body, "234");
  put("a", "9876543210");
  EXPECT_EQ(ask(part).status, 200) << "what the client has is of another object";
  EXPECT_EQ(ask(part).body, "9876543210");

  TestRequest again("GET", "/a");
  again.header("if-none-match", get("/a").header("etag"));
  EXPECT_EQ(ask(again).status, 304);
  EXPECT_EQ(ask(again).body, "");
  TestRequest other("GET", "/a");
  other.header("if-match", "\"other\"");
  EXPECT_EQ(ask(other).status, 412);

  put("error.html", "no");
  configure([](model::Bucket& bucket) { bucket.website->error_document = "error.html"; });
  const Seen refused = ask(other);
  EXPECT_EQ(refused.status, 412);
  EXPECT_EQ(refused.body, "no");
  EXPECT_EQ(refused.header("etag"), get("/a").header("etag")) << "of what was asked for, not of what is shown instead";
  const std::string_view fields = refused.response.headers.text();
  EXPECT_EQ(fields.find("etag: "), fields.rfind("etag: ")) << fields;
}

TEST_F(WebService, CrossOrigin) {
  put("a", "x");
  configure([](model::Bucket& bucket) { bucket.cors = model::CorsRules{{.origins = {"*"}, .methods = {"GET"}}}; });
  for (const std::string path : {"/a", "/none"}) {
    TestRequest request("GET", path);
    request.header("origin", "http://page");
    EXPECT_EQ(ask(request).header("access-control-allow-origin"), "*") << path;
  }
  TestRequest preflight("OPTIONS", "/a");
  preflight.header("origin", "http://page").header("access-control-request-method", "GET");
  EXPECT_EQ(ask(preflight).status, 200);
  preflight.replace("access-control-request-method", "PUT");
  EXPECT_EQ(ask(preflight).status, 403);
}

TEST_F(WebService, ErrorPagesAreEscaped) {
  const Seen seen = get("/<script>");
  EXPECT_EQ(seen.status, 404);
  EXPECT_THAT(seen.body, ::testing::Not(HasSubstr("<script>")));
  EXPECT_THAT(service.refuse(400, "<b>").body, HasSubstr("&lt;b&gt;"));
}

}  // namespace
}  // namespace garage::web
