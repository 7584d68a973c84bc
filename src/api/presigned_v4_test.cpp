#include "api/signature_v4_fixture.hpp"

namespace garage::api {
namespace {

TEST_F(SignatureV4, KnownAnswerOfThePresignedForm) {
  TestRequest request(
      "GET",
      "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%"
      "2Faws4_"
      "request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature="
      "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
  request.header("host", "examplebucket.s3.amazonaws.com");
  const auto answer = ask(request);
  ASSERT_TRUE(answer.has_value()) << answer.error().text();
  EXPECT_TRUE(answer->presigned);
  EXPECT_EQ(answer->payload, PayloadMode::kUnsigned);
  EXPECT_EQ(answer->principal.access_key_id(), "AKIAIOSFODNN7EXAMPLE");
}

TEST_F(SignatureV4, PresignedParametersAreRequiredAndChecked) {
  using enum ErrorCode;
  for (const char* name :
       {"X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature"}) {
    EXPECT_EQ(presigned_refusal(name, "X-Other"), kAuthorizationQueryParametersError) << name;
  }
  EXPECT_EQ(presigned_refusal("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"), kAuthorizationQueryParametersError);
  EXPECT_EQ(presigned_refusal("20130524T000000Z", "20130524"), kAuthorizationQueryParametersError);
  EXPECT_EQ(presigned_refusal("%2Faws4_request", ""), kAuthorizationQueryParametersError);
  EXPECT_EQ(presigned_refusal("%2F20130524%2F", "%2F20130523%2F"), kAuthorizationQueryParametersError);
  EXPECT_EQ(presigned_refusal("us-east-1", "eu-west-1"), kAuthorizationQueryParametersError);
  EXPECT_EQ(presigned_refusal("%2Fs3%2F", "%2Fec2%2F"), kAuthorizationQueryParametersError);
  EXPECT_EQ(presigned_refusal("?", "?x-amz-expires=5&"), kAuthorizationQueryParametersError);
  EXPECT_EQ(presigned_refusal("?", "?x-amz-signature=5&"), kAuthorizationQueryParametersError);
  EXPECT_EQ(presigned_refusal("?", "?X-Amz-Expires=5&"), kInvalidArgument);
  EXPECT_EQ(presigned_refusal("Expires=86400", "Expires=86401"), kSignatureDoesNotMatch);
  EXPECT_EQ(presigned_refusal("?", "?versionId=5&"), kSignatureDoesNotMatch);
  EXPECT_EQ(presigned_refusal("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLF"), kInvalidAccessKeyId);
}

TEST_F(SignatureV4, PresignedLifetimeIsBounded) {
  for (const char* expires :
       {"0", "-7", "609901", "604801", "99999999999999999999999999", "-99999999999999999999999999"}) {
    EXPECT_EQ(expires_refusal(expires), ErrorCode::kAccessDenied) << expires;
  }
  for (const char* expires : {"", "abc", "1.5", "%2B5", "5x", "-"}) {
    EXPECT_EQ(expires_refusal(expires), ErrorCode::kAuthorizationQueryParametersError) << expires;
  }

  TestRequest request("GET", "/bucket/key");
  request.header("host", "h");
  signer_.presign(request, "604800");
  const uint64_t end = kSignedAtMs + 604'800'000;
  now_.unix_ms = end;
  EXPECT_TRUE(ask(request).has_value());
  now_.unix_ms = end + 1;
  EXPECT_EQ(refusal(request), ErrorCode::kAccessDenied);
  EXPECT_EQ(text(request), "Request has expired");
  now_.unix_ms = kSignedAtMs;
  latest_.unix_ms = end + 1;  // one clock of two is behind
  EXPECT_EQ(text(request), "Request has expired");
  latest_ = {};
  now_.unix_ms = kSignedAtMs - 15 * kMinuteMs;
  EXPECT_TRUE(ask(request).has_value());
  now_.unix_ms = kSignedAtMs - 15 * kMinuteMs - 1;
  EXPECT_EQ(refusal(request), ErrorCode::kAccessDenied);
}

TEST_F(SignatureV4, PresignedParametersActAsHeaders) {
  TestRequest request("PUT", "/bucket/key?X-Amz-Acl=public-read&x-amz-meta-a=b%20c&x-id=PutObject");
  request.header("host", "h");
  signer_.presign(request);
  auto answer = ask(request);
  ASSERT_TRUE(answer.has_value()) << text(request);
  const EffectiveHeaders headers = std::move(answer->headers);
  EXPECT_EQ(headers.get("x-amz-acl"), "public-read");
  EXPECT_EQ(headers.get_all("x-amz-meta-a"), std::vector<std::string_view>{"b c"});
  EXPECT_EQ(headers.get("host"), "h");
  EXPECT_FALSE(headers.has("x-amz-signature"));
  EXPECT_FALSE(headers.has("x-amz-date"));
  EXPECT_FALSE(headers.has("x-id"));
  std::string names;
  headers.for_each([&names](std::string_view name, std::string_view) { names.append(name).append(" "); });
  EXPECT_EQ(names, "host x-amz-acl x-amz-meta-a ");
}

TEST_F(SignatureV4, TheChecksumOfNothingInAUrlIsNoPromise) {
  for (const std::string nothing :
       {"crc32=AAAAAA%3D%3D", "crc32c=AAAAAA%3D%3D", "crc64nvme=AAAAAAAAAAA%3D",
        "sha1=2jmj7l5rSw0yVb%2FvlWAYkK%2FYBwk%3D", "sha256=47DEQpj8HBSa%2B%2FTImW%2B5JCeuQeRkm5NMpJWZG3hSuFU%3D"}) {
    TestRequest request("PUT", "/bucket/key?x-amz-checksum-" + nothing + "&x-amz-sdk-checksum-algorithm=X");
    request.header("host", "h");
    signer_.presign(request);
    auto answer = ask(request);
    ASSERT_TRUE(answer.has_value()) << text(request);
    std::string names;
    answer->headers.for_each([&names](std::string_view name, std::string_view) { names.append(name).append(" "); });
    EXPECT_EQ(names, "host ");
  }
  // One of something is a promise.
  TestRequest request("PUT", "/bucket/key?x-amz-checksum-crc32=AAAAAQ%3D%3D");
  request.header("host", "h");
  signer_.presign(request);
  auto answer = ask(request);
  ASSERT_TRUE(answer.has_value()) << text(request);
  EXPECT_EQ(answer->headers.get("x-amz-checksum-crc32"), "AAAAAQ==");
}

TEST_F(SignatureV4, AParameterMustNotContradictAHeader) {
  TestRequest request("PUT", "/bucket/key?x-amz-acl=public-read");
  request.header("host", "h").header("x-amz-acl", "private");
  signer_.presign(request);
  EXPECT_EQ(refusal(request), ErrorCode::kInvalidRequest);
  TestRequest same("PUT", "/bucket/key?x-amz-acl=private");
  same.header("host", "h").header("x-amz-acl", "private");
  signer_.presign(same);
  EXPECT_TRUE(ask(same).has_value()) << text(same);
  TestRequest two_cases("PUT", "/bucket/key?x-amz-acl=private&X-Amz-Acl=public-read");
  two_cases.header("host", "h");
  signer_.presign(two_cases);
  EXPECT_EQ(refusal(two_cases), ErrorCode::kInvalidRequest);
}

TEST_F(SignatureV4, ParametersOfAHeaderSignedRequestAreNoHeaders) {
  TestRequest request("PUT", "/bucket/key?x-amz-acl=public-read");
  request.header("host", "h");
  signer_.sign(request);
  auto answer = ask(request);
  ASSERT_TRUE(answer.has_value());
  EXPECT_FALSE(answer->headers.has("x-amz-acl"));
}

TEST_F(SignatureV4, PresignedPayloadComesFromOnePlace) {
  const std::string hash = RequestSigner::sha256_hex("body");
  TestRequest in_query("PUT", "/bucket/key?X-Amz-Content-Sha256=" + hash);
  in_query.header("host", "h");
  signer_.presign(in_query, "100", hash);
  EXPECT_EQ(ask(in_query)->payload, PayloadMode::kSha256);
  in_query.header("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
  EXPECT_EQ(refusal(in_query), ErrorCode::kInvalidRequest);

  TestRequest plain("PUT", "/bucket/key");
  plain.header("host", "h");
  signer_.presign(plain);
  plain.header("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
  EXPECT_TRUE(ask(plain).has_value());
  // Nothing that was not signed can make the body a stream of chunks.
  plain.replace("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
  EXPECT_EQ(refusal(plain), ErrorCode::kSignatureDoesNotMatch);
}

TEST_F(SignatureV4, ClaimedKeyIdIsFoundBeforeAnythingIsVerified) {
  const auto claimed = [](TestRequest& request) {
    auto uri = parse_uri(request.get());
    return std::string(claimed_key_id(request, *uri));
  };
  TestRequest none("GET", "/");
  EXPECT_EQ(claimed(none), "");
  TestRequest header("GET", "/");
  header.header("host", "h");
  signer_.sign(header);
  EXPECT_EQ(claimed(header), signer_.key_id);
  TestRequest query("GET", "/");
  query.header("host", "h");
  signer_.presign(query);
  EXPECT_EQ(claimed(query), signer_.key_id);
  TestRequest v2("GET", "/");
  v2.header("authorization", "AWS AKV2:c2ln");
  EXPECT_EQ(claimed(v2), "AKV2");
  TestRequest v2_query("GET", "/?AWSAccessKeyId=AKV2&Signature=x&Expires=1");
  EXPECT_EQ(claimed(v2_query), "AKV2");
}

TEST_F(SignatureV4, NoByteOfAPresignedUrlCanBeChanged) {
  TestRequest request("GET", "/bucket/some/key?response-content-type=text%2Fplain");
  request.header("host", "s3.example.com");
  signer_.presign(request);
  const std::string target(request.get().target);
  ASSERT_TRUE(ask(request).has_value());
  for (size_t i = 1; i < target.size(); ++i) {
    for (const int flip : {1, 2, 4, 8, 16, 64}) {
      std::string changed = target;
      changed[i] = static_cast<char>(changed[i] ^ flip);
      request.set_target(changed);
      const auto answer = ask(request);
      // Without a name that makes it a signature, it is an anonymous request, which has no rights of the key.
      EXPECT_TRUE(!answer || answer->principal.is_anonymous()) << changed;
    }
  }
}

}  // namespace
}  // namespace garage::api
