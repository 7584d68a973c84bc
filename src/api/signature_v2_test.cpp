#include <gtest/gtest.h>

#include "api/authenticate.hpp"
#include "api/testing/request_signer.hpp"

namespace garage::api {
namespace {

using testing::MemoryKeys;
using testing::RequestSigner;
using testing::TestRequest;

constexpr uint64_t kNowMs = 1175024202000;  // Tue, 27 Mar 2007 19:36:42 GMT

// The examples of the protocol's documentation.
class SignatureV2 : public ::testing::Test {
 protected:
  SignatureV2() {
    keys_.add("AKIAIOSFODNN7EXAMPLE", signer_.secret);
    options_.allow_v2 = true;
  }
  ApiResult<Authenticated> ask(TestRequest& request, std::string_view bucket = {}) {
    auto uri = parse_uri(request.get());
    if (!uri) return std::unexpected(uri.error());
    return authenticate(request, *uri,
                        {.keys = keys_,
                         .signing_keys = cache_,
                         .region = "garage",
                         .now = {kNowMs},
                         .options = options_,
                         .virtual_host_bucket = bucket});
  }
  ErrorCode refusal(TestRequest& request) {
    auto answer = ask(request);
    EXPECT_FALSE(answer.has_value());
    return answer ? ErrorCode::kInternalError : answer.error().code;
  }
  // A PUT whose date headers are as given, rightly signed.
  ErrorCode date_outcome(std::optional<std::string> date, std::optional<std::string> amz_date = {}) {
    TestRequest request("PUT", "/bucket/key");
    if (date) request.header("date", *date);
    if (amz_date) request.header("x-amz-date", *amz_date);
    const std::string text =
        "PUT\n\n\n" + (amz_date ? "\nx-amz-date:" + *amz_date : date.value_or("")) + "\n/bucket/key";
    request.header("authorization", "AWS AKIAIOSFODNN7EXAMPLE:" + signer_.sign_v2(text));
    auto answer = ask(request);
    return answer ? ErrorCode::kNotImplemented : answer.error().code;  // stands for "accepted"
  }

  MemoryKeys keys_;
  SigningKeyCache cache_;
  RequestSigner signer_;
  AuthOptions options_;
};

TEST_F(SignatureV2, KnownAnswerOfAVirtualHostRequest) {
  TestRequest request("GET", "/photos/puppy.jpg");
  request.header("host", "awsexamplebucket1.us-west-1.s3.amazonaws.com")
      .header("date", "Tue, 27 Mar 2007 19:36:42 +0000");
  request.header("authorization", "AWS AKIAIOSFODNN7EXAMPLE:qgk2+6Sv9/oM7G3qLEjTH1a1l1g=");
  const auto answer = ask(request, "awsexamplebucket1");
  ASSERT_TRUE(answer.has_value()) << answer.error().text();
  EXPECT_EQ(answer->principal.access_key_id(), "AKIAIOSFODNN7EXAMPLE");
  EXPECT_FALSE(ask(request, "otherbucket").has_value());
  EXPECT_FALSE(ask(request).has_value());
}

TEST_F(SignatureV2, IsRefusedUnlessConfigured) {
  options_.allow_v2 = false;
  TestRequest header("GET", "/bucket");
  header.header("date", "Tue, 27 Mar 2007 19:36:42 GMT");
  header.header("authorization",
                "AWS AKIAIOSFODNN7EXAMPLE:" + signer_.sign_v2("GET\n\n\nTue, 27 Mar 2007 19:36:42 GMT\n/bucket"));
  EXPECT_EQ(refusal(header), ErrorCode::kInvalidRequest);
  TestRequest query("GET", "/bucket?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Expires=1999999999&Signature=x");
  EXPECT_EQ(refusal(query), ErrorCode::kInvalidRequest);
  options_.allow_v2 = true;
  EXPECT_TRUE(ask(header).has_value());
}

TEST_F(SignatureV2, HeaderThatCannotBeSplit) {
  for (const char* value : {"AWS HAHAHA", "AWS ", "AWS :", "AWS key:", "AWS :sig"}) {
    TestRequest request("GET", "/bucket");
    request.header("date", "Tue, 27 Mar 2007 19:36:42 GMT").header("authorization", value);
    EXPECT_EQ(refusal(request), ErrorCode::kInvalidArgument) << value;
  }
}

TEST_F(SignatureV2, WrongSignatureOrKey) {
  for (const char* signature : {"HAHAHA", "frJIUN8DYpKDtOLCwo//yllqDzg=", "="}) {
    TestRequest request("GET", "/bucket");
    request.header("date", "Tue, 27 Mar 2007 19:36:42 GMT");
    request.header("authorization", std::string("AWS AKIAIOSFODNN7EXAMPLE:") + signature);
    EXPECT_EQ(refusal(request), ErrorCode::kSignatureDoesNotMatch) << signature;
  }
  TestRequest request("GET", "/bucket");
  request.header("date", "Tue, 27 Mar 2007 19:36:42 GMT").header("authorization", "AWS AKUNKNOWN:c2ln");
  EXPECT_EQ(refusal(request), ErrorCode::kInvalidAccessKeyId);
}

TEST_F(SignatureV2, Dates) {
  constexpr auto kAccepted = ErrorCode::kNotImplemented;
  const std::string good = "Tue, 27 Mar 2007 19:36:42 GMT";
  EXPECT_EQ(date_outcome(good), kAccepted);
  EXPECT_EQ(date_outcome({}, good), kAccepted);
  EXPECT_EQ(date_outcome("Tue, 27 Mar 2007 19:36:42 +0000"), kAccepted);
  EXPECT_EQ(date_outcome("Tue, 27 Mar 2007 19:36:42 UTC"), kAccepted);
  EXPECT_EQ(date_outcome("Tue, 27 Mar 2007 19:36:42 CET"), ErrorCode::kAccessDenied);
  EXPECT_EQ(date_outcome("nonsense", good), kAccepted);
  EXPECT_EQ(date_outcome({}), ErrorCode::kAccessDenied);
  EXPECT_EQ(date_outcome(""), ErrorCode::kAccessDenied);
  EXPECT_EQ(date_outcome("Bad Date"), ErrorCode::kAccessDenied);
  EXPECT_EQ(date_outcome("Tue, 07 Jul 1950 21:53:04 GMT"), ErrorCode::kAccessDenied);
  EXPECT_EQ(date_outcome(good, "Bad Date"), ErrorCode::kAccessDenied);
  EXPECT_EQ(date_outcome("Mon, 26 Mar 2007 19:36:42 GMT"), ErrorCode::kRequestTimeTooSkewed);
  EXPECT_EQ(date_outcome("Wed, 28 Mar 2007 19:36:42 GMT"), ErrorCode::kRequestTimeTooSkewed);
  EXPECT_EQ(date_outcome("Tue, 07 Jul 2030 21:53:04 GMT"), ErrorCode::kRequestTimeTooSkewed);
  EXPECT_EQ(date_outcome("Tue, 27 Mar 2007 19:51:42 GMT"), kAccepted);
  EXPECT_EQ(date_outcome("Tue, 27 Mar 2007 19:51:43 GMT"), ErrorCode::kRequestTimeTooSkewed);
}

TEST_F(SignatureV2, SignsHeadersAndSubResources) {
  TestRequest request("PUT", "/bucket/db-backup.dat.gz?uploadId=u%2F1&partNumber=2&prefix=ignored&acl");
  request.header("date", "Tue, 27 Mar 2007 19:36:42 GMT")
      .header("content-md5", "4gJE4saaMU4BqNR0kLY+lw==")
      .header("content-type", "application/x-download")
      .header("x-amz-meta-reviewedby", "joe@example.com")
      .header("x-amz-acl", "public-read")
      .header("x-amz-meta-reviewedby", "jane@example.com");
  const std::string text =
      "PUT\n4gJE4saaMU4BqNR0kLY+lw==\napplication/x-download\nTue, 27 Mar 2007 19:36:42 GMT\n"
      "x-amz-acl:public-read\nx-amz-meta-reviewedby:joe@example.com,jane@example.com\n"
      "/bucket/db-backup.dat.gz?acl&partNumber=2&uploadId=u/1";
  request.header("authorization", "AWS AKIAIOSFODNN7EXAMPLE:" + signer_.sign_v2(text));
  EXPECT_TRUE(ask(request).has_value());
  request.header("x-amz-copy-source", "/secret/key");
  EXPECT_EQ(refusal(request), ErrorCode::kSignatureDoesNotMatch);
  request.remove("x-amz-copy-source").replace("content-type", "text/html");
  EXPECT_EQ(refusal(request), ErrorCode::kSignatureDoesNotMatch);
}

TEST_F(SignatureV2, ABucketMayBeSignedWithTheSlashThatIsNotSent) {
  const std::string date = "Tue, 27 Mar 2007 19:36:42 GMT";
  const auto accepts = [&](const char* received, const std::string& signed_path) {
    TestRequest request("GET", received);
    request.header("date", date);
    request.header("authorization",
                   "AWS AKIAIOSFODNN7EXAMPLE:" + signer_.sign_v2("GET\n\n\n" + date + "\n" + signed_path));
    return ask(request).has_value();
  };
  EXPECT_TRUE(accepts("/bucket?prefix=a", "/bucket/"));
  EXPECT_TRUE(accepts("/bucket?acl", "/bucket/?acl"));
  EXPECT_TRUE(accepts("/bucket/?acl", "/bucket/?acl"));
  EXPECT_FALSE(accepts("/bucket/key", "/bucket/key/"));
  EXPECT_FALSE(accepts("/bucket/", "/bucket"));
}

TEST_F(SignatureV2, Presigned) {
  const auto url = [this](const std::string& expires) {
    const std::string signature = signer_.sign_v2("GET\n\n\n" + expires + "\n/bucket/key?versionId=null");
    return "/bucket/key?versionId=null&AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Expires=" + expires +
           "&Signature=" + codec::percent_encode(signature, false);
  };
  TestRequest good("GET", url("1175024202"));
  const auto answer = ask(good);
  ASSERT_TRUE(answer.has_value()) << answer.error().text();
  EXPECT_TRUE(answer->presigned);
  TestRequest expired("GET", url("1175024201"));
  EXPECT_EQ(refusal(expired), ErrorCode::kAccessDenied);
  for (const char* expires : {"", "soon", "-1", "1175024202x", "99999999999999999999999"}) {
    TestRequest bad("GET", url(expires));
    EXPECT_EQ(refusal(bad), ErrorCode::kAccessDenied) << expires;
  }
  TestRequest changed("GET", url("1175024202") + "&response-content-type=text%2Fhtml");
  EXPECT_EQ(refusal(changed), ErrorCode::kSignatureDoesNotMatch);
}

}  // namespace
}  // namespace garage::api
