// Browser forms: into which bucket they go, and what they may say about the object.
#include "s3/post_form.hpp"

#include "codec/base64.hpp"
#include "s3/testing/front.hpp"

namespace garage::s3 {
namespace {

using namespace testing;

struct PostFormTest : Front {
  static std::string written(const Fields& fields) {
    std::string body;
    for (const auto& [name, value] : fields) {
      body += "--x\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
    }
    return body + "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nhello\r\n--x--\r\n";
  }
  // With a policy that allows these fields in this bucket.
  static Fields signed_by(const api::testing::RequestSigner& who, const std::string& bucket, Fields fields) {
    fields.emplace_back("x-amz-algorithm", "AWS4-HMAC-SHA256");
    fields.emplace_back("x-amz-credential", who.key_id + "/" + who.scope());
    fields.emplace_back("x-amz-date", who.timestamp);
    std::string conditions = R"({"bucket": ")" + bucket + R"("})";
    for (const auto& field : fields) conditions += R"(, ["starts-with", "$)" + field.first + R"(", ""])";
    const std::string policy = codec::to_base64(
        std::string_view(R"({"expiration": "2026-01-01T01:00:00Z", "conditions": [)" + conditions + "]}"));
    fields.emplace_back("policy", policy);
    fields.emplace_back("x-amz-signature", who.hmac_chain(policy));
    return fields;
  }
  Seen post(const std::string& bucket, const Fields& fields, const Fields& headers = {}) {
    TestRequest request("POST", "/" + bucket);
    request.header("host", "127.0.0.1").header("content-type", "multipart/form-data; boundary=x");
    for (const auto& [name, value] : headers) request.header(name, value);
    request.body(written(fields));
    return ask(request);
  }
};

TEST_F(PostFormTest, GoesIntoABucketThatOnlyItsKeySees) {
  const auto id = node.run(node.settings->create_local_bucket(owner.key_id, "mine"));
  ASSERT_TRUE(id);
  const auto allow_origin = [](model::Bucket& bucket) -> Result<void> {
    bucket.cors = model::CorsRules{{.origins = {"http://a"}, .methods = {"POST"}}};
    return {};
  };
  ASSERT_TRUE(node.run(node.settings->edit_bucket(*id, allow_origin)));
  const auto seen = post("mine", signed_by(owner, "mine", {{"key", "k"}}), {{"origin", "http://a"}});
  EXPECT_EQ(seen.status, 204) << seen.body;
  EXPECT_EQ(seen.header("access-control-allow-origin"), "http://a");
  EXPECT_EQ(ask("GET", "/mine/k").body, "hello");
  EXPECT_EQ(post("mine", signed_by(stranger, "mine", {{"key", "k"}})).element("Code"), "NoSuchBucket");
  EXPECT_EQ(post("mine", {{"key", "k"}}).element("Code"), "NoSuchBucket") << "nobody asks";
  EXPECT_EQ(post("box", {{"key", "k"}}).element("Code"), "AccessDenied");
  EXPECT_EQ(post("box", signed_by(stranger, "box", {{"key", "k"}})).element("Code"), "AccessDenied");
}

TEST_F(PostFormTest, TheLocalNameHidesTheGlobalOne) {
  ASSERT_TRUE(node.run(node.settings->create_local_bucket(stranger.key_id, "box")));
  const Fields expected{{"x-amz-expected-bucket-owner", stranger.key_id}};
  const Fields form = signed_by(stranger, "box", {{"key", "k"}});
  EXPECT_EQ(post("box", form, expected).status, 204);
  EXPECT_EQ(ask_as(stranger, "GET", "/box/k").body, "hello");
  EXPECT_EQ(ask("GET", "/box/k").status, 404);
  EXPECT_EQ(post("box", form, {{"x-amz-expected-bucket-owner", owner.key_id}}).element("Code"), "AccessDenied");
}

TEST_F(PostFormTest, WhatCouldNotBeShownIsNotStored) {
  const auto code = [&](const std::string& name, const std::string& value) {
    return post("box", signed_by(owner, "box", {{"key", "k"}, {name, value}})).element("Code");
  };
  EXPECT_EQ(code("x-amz-meta-a b", "v"), "InvalidArgument");
  EXPECT_EQ(code("x-amz-meta-a", "v\nw"), "InvalidArgument");
  EXPECT_EQ(code("cache-control", "v\x01"), "InvalidArgument");
  EXPECT_EQ(ask("GET", "/box/k").status, 404);
  EXPECT_EQ(code("x-amz-meta-a", "v\tw é"), "-");
  EXPECT_EQ(ask("GET", "/box/k").header("x-amz-meta-a"), "v\tw é");
}

TEST_F(PostFormTest, ComesInNoSignedChunks) {
  const std::string form = written(signed_by(owner, "box", {{"key", "k"}}));
  const auto sent = [&](std::string body) {
    TestRequest request("POST", "/box");
    request.header("host", "127.0.0.1").header("content-type", "multipart/form-data; boundary=x");
    request.header("x-amz-decoded-content-length", std::to_string(form.size())).body(std::move(body));
    const std::string seed = owner.sign(request, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
    return std::pair(seed, ask(request));
  };
  const std::string seed = sent("").first;
  const auto seen = sent(owner.chunked_body({form}, seed)).second;
  EXPECT_EQ(seen.status, 400);
  EXPECT_EQ(seen.element("Code"), "InvalidRequest") << "what is behind the file is not read, nor its signature";
  EXPECT_EQ(ask("GET", "/box/k").status, 404);
}

TEST_F(PostFormTest, NorFromTheQueryOfAPresignedRequest) {
  const auto put = [&](const std::string& query) {
    TestRequest request("PUT", "/box/q?" + query);
    request.header("host", "127.0.0.1").body("hello");
    owner.presign(request);
    return ask(request);
  };
  EXPECT_EQ(put("X-Amz-Meta-a%20b=v").element("Code"), "InvalidArgument");
  EXPECT_EQ(put("X-Amz-Meta-a=v%0Aw").element("Code"), "InvalidArgument");
  EXPECT_EQ(ask("GET", "/box/q").status, 404);
  EXPECT_EQ(put("X-Amz-Meta-a=v").status, 200);
  EXPECT_EQ(ask("GET", "/box/q").header("x-amz-meta-a"), "v");
}

}  // namespace
}  // namespace garage::s3
