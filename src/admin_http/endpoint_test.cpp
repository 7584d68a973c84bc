#include "admin_http/endpoint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "admin/operations.hpp"
#include "admin_http/openapi.hpp"
#include "admin_http/shapes.hpp"

namespace garage::admin_http {
namespace {

using ::testing::HasSubstr;

admin::AdminResult<Endpoint> ask(std::string_view method, std::string_view target) {
  http::Request request;
  request.method_text = method;
  request.method = http::method_of(method);
  request.target = target;
  request.raw_path = target.substr(0, target.find('?'));
  if (target.find('?') != target.npos) request.raw_query = target.substr(target.find('?') + 1);
  return endpoint_of(request);
}

std::string operation(std::string_view method, std::string_view target) {
  const auto endpoint = ask(method, target);
  return endpoint ? endpoint->operation + codec::to_json(endpoint->parameters) + codec::to_json(endpoint->into_body)
                  : endpoint.error().message;
}

TEST(Endpoint, EveryOperationHasAShape) {
  EXPECT_TRUE(std::ranges::is_sorted(shapes(), {}, &Shape::operation));
  for (const auto& known : admin::operation_table()) EXPECT_NE(find_shape(known.name), nullptr) << known.name;
  // What changes something is never asked for by GET, so that no link on a page does it.
  for (const auto& known : admin::operation_table())
    EXPECT_FALSE(known.changes && find_shape(known.name)->is_get) << known.name;
}

TEST(Endpoint, EveryDocumentedOperationIsRouted) {
  const codec::Json document = openapi_document();
  size_t operations = 0;
  for (const auto& [path, methods] : *document.find("paths")->as_object()) {
    for (const auto& [method, described] : *methods.as_object()) {
      std::string target = path, separator = "?";
      if (const codec::Json* parameters = described.find("parameters")) {
        for (const auto& parameter : *parameters->as_array()) {
          target += separator + std::string(*parameter.find("name")->as_string()) + "=x";
          separator = "&";
        }
      }
      EXPECT_TRUE(ask(method == "get" ? "GET" : "POST", target)) << target;
      ++operations;
    }
  }
  EXPECT_EQ(operations, shapes().size() + 3);
}

TEST(Endpoint, ReadsKnownParameters) {
  EXPECT_EQ(operation("GET", "/v2/GetKeyInfo?search=a%20b&foo=1&id="), R"(GetKeyInfo{"search":"a b"}{})");
  EXPECT_EQ(operation("POST", "/v2/UpdateKey?id=GK1"), R"(UpdateKey{"id":"GK1"}{})");
  EXPECT_THAT(operation("POST", "/v2/UpdateKey"), HasSubstr("Missing query parameter `id`"));
  EXPECT_THAT(operation("GET", "/v2/GetNodeInfo"), HasSubstr("Missing query parameter `node`"));
  EXPECT_EQ(ask("GET", "/v2/GetKeyInfo?id=a&id=b").error().status, 400);
  EXPECT_EQ(ask("GET", "/v2/GetKeyInfo?id=%zz").error().status, 400);
}

TEST(Endpoint, RefusesWhatIsUnknown) {
  for (const auto& [method, target] : std::vector<std::pair<std::string, std::string>>{{"GET", "/"},
                                                                                       {"GET", "/v2/"},
                                                                                       {"GET", "/v2/Nope"},
                                                                                       {"POST", "/v2/ListKeys"},
                                                                                       {"HEAD", "/v2/ListKeys"},
                                                                                       {"GET", "/v2/CreateKey"},
                                                                                       {"DELETE", "/v2/DeleteKey?id=x"},
                                                                                       {"GET", "/v2/listkeys"},
                                                                                       {"GET", "/v3/ListKeys"},
                                                                                       {"POST", "/health"},
                                                                                       {"GET", "/metrics/"},
                                                                                       {"GET", "/v1/nope"},
                                                                                       {"BREW", "/v2/ListKeys"}}) {
    const auto endpoint = ask(method, target);
    ASSERT_FALSE(endpoint) << method << target;
    EXPECT_EQ(endpoint.error().message, "Bad request: Unknown API endpoint") << method << target;
    EXPECT_EQ(endpoint.error().status, 400);
  }
}

TEST(Endpoint, SpecialOnes) {
  EXPECT_EQ(ask("OPTIONS", "/v2/Whatever")->kind, EndpointKind::kPreflight);
  EXPECT_EQ(ask("GET", "/health")->kind, EndpointKind::kHealth);
  EXPECT_EQ(ask("HEAD", "/health")->kind, EndpointKind::kHealth);
  EXPECT_EQ(ask("GET", "/metrics")->kind, EndpointKind::kMetrics);
  EXPECT_EQ(ask("GET", "/check?domain=a.b")->kind, EndpointKind::kCheck);
  EXPECT_EQ(ask("GET", "/check").error().status, 400);
}

TEST(Endpoint, OlderVersions) {
  EXPECT_EQ(operation("GET", "/v1/key?list"), "ListKeys{}{}");
  EXPECT_EQ(operation("GET", "/v1/key?search=x"), R"(GetKeyInfo{"search":"x"}{})");
  EXPECT_EQ(operation("GET", "/v0/key?id=x"), R"(GetKeyInfo{"id":"x","showSecretKey":"true"}{})");
  EXPECT_EQ(operation("POST", "/v1/key?id=x"), R"(UpdateKey{"id":"x"}{})");
  EXPECT_EQ(operation("POST", "/v1/key"), "CreateKey{}{}");
  EXPECT_EQ(operation("PUT", "/v1/bucket?id=x"), R"(UpdateBucket{"id":"x"}{})");
  EXPECT_EQ(operation("PUT", "/v1/bucket/alias/global?id=x&alias=y"),
            R"(AddBucketAlias{}{"bucketId":"x","globalAlias":"y"})");
  EXPECT_EQ(operation("DELETE", "/v0/bucket/alias/local?id=x&alias=y&accessKeyId=z"),
            R"(RemoveBucketAlias{}{"bucketId":"x","localAlias":"y","accessKeyId":"z"})");
  EXPECT_THAT(operation("PUT", "/v1/bucket/alias/local?id=x&alias=y"), HasSubstr("Missing query parameter"));
  for (const char* gone : {"/v1/status", "/v0/health", "/v0/layout"}) {
    EXPECT_THAT(operation("GET", gone), HasSubstr("endpoint is no longer supported")) << gone;
  }
  EXPECT_THAT(operation("DELETE", "/v1/key?id=x"), HasSubstr("endpoint is no longer supported"));
  EXPECT_THAT(operation("POST", "/v0/key/import"), HasSubstr("endpoint is no longer supported"));
}

}  // namespace
}  // namespace garage::admin_http
