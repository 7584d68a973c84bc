#include "admin_http/service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "admin/testing/admin_node.hpp"
#include "admin_http/request_body.hpp"

namespace garage::admin_http {
namespace {

using ::testing::HasSubstr;

class TextBody : public http::BodyReader {
 public:
  explicit TextBody(std::string text) : text_(std::move(text)) {}
  Task<Result<size_t>> read(std::span<char> out) override {
    was_read = true;
    const size_t size = std::min(out.size(), text_.size() - at_);
    std::memcpy(out.data(), text_.data() + at_, size);
    at_ += size;
    co_return size;
  }
  Task<Result<void>> drain(uint64_t) override { co_return Result<void>{}; }
  const http::Headers& trailers() const override { return trailers_; }

  bool was_read = false;

 private:
  std::string text_;
  size_t at_ = 0;
  http::Headers trailers_;
};

class AdminHttp : public ::testing::Test, public admin::testing::AdminNode {
 protected:
  AdminHttp() {
    context->tokens = &tokens;
    restart({});
  }
  void restart(ServiceOptions options) { service = std::make_unique<Service>(*context, std::move(options)); }

  http::Response ask(std::string method, std::string target, std::string body = "") {
    http::Request request;
    request.method_text = method;
    request.method = http::method_of(method);
    request.target = target;
    request.raw_path = std::string_view(target).substr(0, target.find('?'));
    if (target.find('?') != target.npos) request.raw_query = std::string_view(target).substr(target.find('?') + 1);
    if (!authorization.empty()) request.headers.add("authorization", authorization);
    TextBody reader(std::move(body));
    request.body = &reader;
    http::Response answer = node.run(service->handle(request));
    body_was_read = reader.was_read;
    return answer;
  }
  int status(std::string method, std::string target, std::string body = "") {
    return ask(std::move(method), std::move(target), std::move(body)).status;
  }
  // A token of this scope (JSON).
  std::string token(const std::string& scope) {
    return text(good("CreateAdminToken", R"({"scope": )" + scope + "}"), "secretToken");
  }

  admin::AdminTokens tokens{*node.settings, *env, {Secret("admin"), Secret("metrics")}};
  std::unique_ptr<Service> service;
  std::string authorization = "Bearer admin";
  bool body_was_read = false;
};

TEST_F(AdminHttp, AnswersInJsonForPeople) {
  const auto answer = ask("GET", "/v2/GetClusterHealth");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.get("content-type"), "application/json");
  EXPECT_EQ(answer.headers.get("access-control-allow-origin"), "*");
  EXPECT_THAT(answer.body, HasSubstr("{\n  \"status\": \"unavailable\",\n"));
}

TEST_F(AdminHttp, BodyAndQueryReachTheOperation) {
  apply_layout();
  const auto made = ask("POST", "/v2/CreateKey", R"({"name": "app", "unknown": 1})");
  ASSERT_EQ(made.status, 200) << made.body;
  const std::string id = text(codec::parse_json(made.body).value(), "accessKeyId");
  EXPECT_THAT(ask("POST", "/v2/UpdateKey?id=" + id, R"({"name": "renamed"})").body, HasSubstr("\"renamed\""));
  EXPECT_THAT(ask("GET", "/v2/GetKeyInfo?id=" + id + "&showSecretKey=true").body, HasSubstr("secretAccessKey"));
  EXPECT_EQ(ask("POST", "/v2/DeleteKey?id=" + id).body, "null");
  EXPECT_EQ(status("GET", "/v2/GetKeyInfo?id=" + id), 404);
  EXPECT_EQ(status("POST", "/v2/ConnectClusterNodes", "[]"), 200);
  const auto info = ask("GET", "/v2/GetNodeInfo?node=*");
  EXPECT_THAT(info.body, HasSubstr("\"success\": {\n    \"" + facts.id.hex()));
}

TEST_F(AdminHttp, ErrorsHaveOneShape) {
  apply_layout();
  const auto answer = ask("GET", "/v2/GetKeyInfo?id=GKnone");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(
      codec::to_json(codec::parse_json(answer.body).value()),
      R"({"code":"NoSuchAccessKey","message":"Access key not found: GKnone","region":"garage","path":"/v2/GetKeyInfo"})");
  EXPECT_EQ(status("POST", "/v2/CreateKey", "{"), 400);
  EXPECT_EQ(status("POST", "/v2/CreateKey", R"({"name": 1})"), 400);
  EXPECT_EQ(status("POST", "/v2/CreateMetadataSnapshot?node=self"), 501);
}

TEST_F(AdminHttp, TheTokenComesBeforeTheBody) {
  const std::string huge(kBodyBytesMax + 1, ' ');
  const auto answer = ask("POST", "/v2/CreateKey", huge);
  EXPECT_EQ(answer.status, 413);
  EXPECT_TRUE(answer.close);
  for (const char* wrong : {"", "Basic YWRtaW4=", "Bearer  admin", "Bearer metrics", "Bearer admi", "bearer admin"}) {
    authorization = wrong;
    const auto refused = ask("POST", "/v2/CreateKey", huge);
    EXPECT_EQ(refused.status, 403) << wrong;
    EXPECT_THAT(refused.body, HasSubstr("AccessDenied")) << wrong;
    EXPECT_FALSE(body_was_read) << wrong;
  }
}

TEST_F(AdminHttp, ScopesAreKept) {
  apply_layout();
  authorization = "Bearer " + token(R"(["ListKeys", "GetKeyInfo"])");
  EXPECT_EQ(status("GET", "/v2/ListKeys"), 200);
  EXPECT_EQ(status("GET", "/v1/key"), 200) << "by the name of what it stands for";
  EXPECT_EQ(status("GET", "/v2/ListBuckets"), 403);
  EXPECT_EQ(status("GET", "/v2/GetKeyInfo?id=x"), 404);
  EXPECT_EQ(status("GET", "/v2/GetKeyInfo?id=x&showSecretKey=true"), 403) << "secrets are more";
  EXPECT_EQ(status("GET", "/v0/key?id=x"), 403);
  EXPECT_EQ(status("GET", "/v2/GetCurrentAdminTokenInfo"), 200);
  authorization = "Bearer " + token(R"(["*"])");
  EXPECT_EQ(status("GET", "/v2/GetKeyInfo?id=x&showSecretKey=true"), 404);
  authorization = "";
  EXPECT_EQ(status("GET", "/v2/GetCurrentAdminTokenInfo"), 400);
}

TEST_F(AdminHttp, MetricsHaveRulesOfTheirOwn) {
  apply_layout();
  EXPECT_EQ(status("GET", "/metrics"), 403) << "not for the admin token";
  authorization = "Bearer metrics";
  EXPECT_EQ(status("GET", "/metrics"), 501);
  restart({.metrics = []() -> Task<std::string> { co_return "m 1\n"; }});
  EXPECT_EQ(ask("GET", "/metrics").body, "m 1\n");
  authorization = "Bearer " + token(R"(["Metrics"])");
  EXPECT_EQ(status("GET", "/metrics"), 200);
  EXPECT_EQ(status("GET", "/v2/ListKeys"), 403);
  authorization = "Bearer " + token(R"(["ListKeys"])");
  EXPECT_EQ(status("GET", "/metrics"), 403);
}

TEST_F(AdminHttp, OpenEndpointsNeedNoToken) {
  authorization = "";
  const auto health = ask("GET", "/health");
  EXPECT_EQ(health.status, 503);
  EXPECT_THAT(health.body, HasSubstr("Quorum is not available for some/all partitions, reads and writes will fail\n"));
  EXPECT_EQ(status("GET", "/health/ready"), 503);
  EXPECT_EQ(status("GET", "/health/live"), 200);
  apply_layout();
  EXPECT_THAT(ask("GET", "/health").body, HasSubstr("Garage is fully operational\n"));
  EXPECT_EQ(status("GET", "/health/ready"), 200);
  EXPECT_EQ(status("GET", "/v2/openapi.json"), 200);
  const auto preflight = ask("OPTIONS", "/v2/ListKeys");
  EXPECT_EQ(preflight.status, 200);
  EXPECT_EQ(preflight.headers.get("access-control-allow-headers"), "authorization,content-type");
}

TEST_F(AdminHttp, DomainsAreChecked) {
  restart({.serves_domain = [](std::string_view domain) { return domain == "a.example"; }});
  authorization = "";
  EXPECT_EQ(ask("GET", "/check?domain=a.example").body, "Domain 'a.example' is managed by Garage");
  EXPECT_EQ(status("GET", "/check?domain=b.example"), 400);
  EXPECT_EQ(status("GET", "/check"), 400);
}

}  // namespace
}  // namespace garage::admin_http
