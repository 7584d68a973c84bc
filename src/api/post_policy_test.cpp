#include "api/post_policy.hpp"

#include <gtest/gtest.h>

#include "api/testing/request_signer.hpp"

namespace garage::api {
namespace {

using testing::MemoryKeys;
using testing::RequestSigner;

const std::string kConditions =
    R"([{"bucket": "b"}, ["starts-with", "$key", "foo"], {"acl": "private"}, ["starts-with", "$Content-Type", "text/plain"],
        ["content-length-range", 0, 1024]])";

std::string document(const std::string& conditions, const std::string& expiration = "2013-05-24T01:00:00Z") {
  return R"({"expiration": ")" + expiration + R"(", "conditions": )" + conditions + "}";
}

class PostForm : public ::testing::Test {
 protected:
  PostForm() {
    keys_.add(signer_.key_id, signer_.secret);
    form_.fields = {{"key", "foo.txt"}, {"acl", "private"}, {"content-type", "text/plain"}};
    form_.filename = "foo.txt";
  }
  void add(const std::string& name, const std::string& value) { form_.fields.push_back({name, value}); }
  void set(const std::string& name, const std::string& value) {
    for (FormField& field : form_.fields) {
      if (field.name == name) field.value = value;
    }
  }
  void remove(const std::string& name) {
    std::erase_if(form_.fields, [&name](const FormField& field) { return field.name == name; });
  }
  void sign_v2(const std::string& policy) {
    const std::string text = codec::to_base64(policy);
    add("policy", text);
    add("awsaccesskeyid", signer_.key_id);
    add("signature", signer_.sign_v2(text));
  }
  ApiResult<PostAuthenticated> ask(std::string_view bucket = "b") {
    return authenticate_post_form(
        form_, bucket, {.keys = keys_, .signing_keys = cache_, .region = "us-east-1", .now = {1369353600000}});
  }
  // The outcome with this policy, rightly signed.
  std::string outcome(const std::string& policy, std::string_view bucket = "b") {
    const FormFields before = form_;
    sign_v2(policy);
    const auto answer = ask(bucket);
    form_ = before;
    return answer ? "ok" : std::string(to_string(answer.error().code));
  }

  MemoryKeys keys_;
  SigningKeyCache cache_;
  RequestSigner signer_;
  FormFields form_;
};

TEST_F(PostForm, SignedByV2) {
  sign_v2(document(kConditions));
  const auto answer = ask();
  ASSERT_TRUE(answer.has_value()) << answer.error().text();
  EXPECT_EQ(answer->principal.access_key_id(), signer_.key_id);
  EXPECT_EQ(claimed_key_id(form_), signer_.key_id);
  EXPECT_EQ(answer->length->bytes_min, 0u);
  EXPECT_EQ(answer->length->bytes_max, 1024u);
}

class PostFormV4 : public PostForm {
 protected:
  PostFormV4() {
    const std::string text = codec::to_base64(document(
        R"([{"bucket": "b"}, ["starts-with", "$key", ""], {"acl": "private"}, {"Content-Type": "text/plain"},
            {"x-amz-algorithm": "AWS4-HMAC-SHA256"}, ["starts-with", "$x-amz-credential", ""], ["starts-with", "$x-amz-date", ""]])"));
    add("policy", text);
    add("x-amz-algorithm", "AWS4-HMAC-SHA256");
    add("x-amz-credential", signer_.key_id + "/" + signer_.scope());
    add("x-amz-date", signer_.timestamp);
    add("x-amz-signature", signer_.hmac_chain(text));
  }
  ErrorCode refusal() {
    const auto answer = ask();
    EXPECT_FALSE(answer.has_value());
    return answer ? ErrorCode::kInternalError : answer.error().code;
  }
};

TEST_F(PostFormV4, IsAccepted) {
  const auto answer = ask();
  ASSERT_TRUE(answer.has_value()) << answer.error().text();
  EXPECT_EQ(answer->principal.access_key_id(), signer_.key_id);
  EXPECT_EQ(claimed_key_id(form_), signer_.key_id);
  EXPECT_FALSE(answer->length.has_value());
}

TEST_F(PostFormV4, NeedsAllItsFields) {
  for (const char* name : {"policy", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature"}) {
    const FormFields before = form_;
    remove(name);
    EXPECT_EQ(refusal(), ErrorCode::kInvalidArgument) << name;
    form_ = before;
  }
}

TEST_F(PostFormV4, WrongFields) {
  using enum ErrorCode;
  const auto with = [this](const std::string& name, const std::string& value) {
    const FormFields before = form_;
    set(name, value);
    const ErrorCode code = refusal();
    form_ = before;
    return code;
  };
  EXPECT_EQ(with("x-amz-algorithm", "AWS4-HMAC-SHA1"), kInvalidArgument);
  EXPECT_EQ(with("x-amz-credential", "nonsense"), kInvalidArgument);
  EXPECT_EQ(with("x-amz-credential", signer_.key_id + "/20130524/eu-west-1/s3/aws4_request"),
            kAuthorizationHeaderMalformed);
  EXPECT_EQ(with("x-amz-credential", "AKUNKNOWN/" + signer_.scope()), kInvalidAccessKeyId);
  EXPECT_EQ(with("x-amz-date", "today"), kInvalidArgument);
  EXPECT_EQ(with("x-amz-date", "20130525T000000Z"), kAuthorizationHeaderMalformed);
  EXPECT_EQ(with("x-amz-signature", std::string(64, 'a')), kSignatureDoesNotMatch);
  EXPECT_EQ(with("x-amz-signature", "zz"), kSignatureDoesNotMatch);
  EXPECT_EQ(with("policy", codec::to_base64(document(R"([{"bucket": "b"}])"))), kSignatureDoesNotMatch);
  EXPECT_EQ(with("key", ""), kInvalidArgument);
  EXPECT_EQ(with("acl", "public-read"), kAccessDenied);
}

TEST_F(PostFormV4, NoSecondWayToSign) {
  add("signature", "x");
  EXPECT_EQ(refusal(), ErrorCode::kInvalidArgument);
}

TEST_F(PostFormV4, EveryFieldIsCoveredOrRefused) {
  add("x-amz-meta-extra", "1");
  EXPECT_EQ(refusal(), ErrorCode::kAccessDenied);
  remove("x-amz-meta-extra");
  add("x-ignore-extra", "1");
  EXPECT_TRUE(ask().has_value());
}

TEST_F(PostForm, AnonymousWithoutAnyOfThem) {
  const auto answer = ask();
  ASSERT_TRUE(answer.has_value());
  EXPECT_TRUE(answer->principal.is_anonymous());
  add("policy", codec::to_base64(document(kConditions)));
  EXPECT_EQ(ask().error().code, ErrorCode::kInvalidArgument);
}

TEST_F(PostForm, WrongSignatureOrKey) {
  sign_v2(document(kConditions));
  const FormFields good = form_;
  set("signature", "AAAA");
  EXPECT_EQ(ask().error().code, ErrorCode::kSignatureDoesNotMatch);
  form_ = good;
  set("awsaccesskeyid", "AKUNKNOWN");
  EXPECT_EQ(ask().error().code, ErrorCode::kInvalidAccessKeyId);
  form_ = good;
  remove("signature");
  EXPECT_EQ(ask().error().code, ErrorCode::kInvalidArgument);
  form_ = good;
  remove("awsaccesskeyid");
  EXPECT_EQ(ask().error().code, ErrorCode::kInvalidArgument);
}

TEST_F(PostForm, ConditionsMustHold) {
  EXPECT_EQ(outcome(document(kConditions)), "ok");
  EXPECT_EQ(outcome(document(kConditions), "other-bucket"), "AccessDenied");
  EXPECT_EQ(outcome(document(kConditions, "2013-05-23T23:59:59Z")), "AccessDenied");
  EXPECT_EQ(outcome(document(
                R"([["starts-with", "$key", "foo"], {"acl": "private"}, ["starts-with", "$Content-Type", "text"]])")),
            "AccessDenied");  // nothing about the bucket
  set("key", "bar.txt");
  EXPECT_EQ(outcome(document(kConditions)), "AccessDenied");
  set("key", "foo.txt");
  remove("content-type");
  EXPECT_EQ(outcome(document(kConditions)), "AccessDenied");  // a condition without its field
  add("content-type", "text/plain");
  add("x-amz-meta-foo", "barclamp");
  EXPECT_EQ(outcome(document(kConditions)), "AccessDenied");  // a field without its condition
  const std::string more = R"(, ["starts-with", "$x-amz-meta-foo", "bar"]])";
  EXPECT_EQ(outcome(document(kConditions.substr(0, kConditions.size() - 1) + more)), "ok");
}

TEST_F(PostForm, FieldsAndOperatorsHaveNoCase) {
  EXPECT_EQ(
      outcome(document(R"([{"bUcKeT": "b"}, ["StArTs-WiTh", "$KeY", "foo"], {"AcL": "private"}, ["eQ", "$CoNtEnT-TyPe",
      "text/plain"], ["Content-Length-Range", "0", "1024"]])")),
      "ok");
}

TEST_F(PostForm, AnExplicitBucketFieldMustBeTheAddressedOne) {
  add("bucket", "b");
  EXPECT_EQ(outcome(document(kConditions)), "ok");
  set("bucket", "c");
  EXPECT_EQ(outcome(document(kConditions)), "AccessDenied");
}

TEST_F(PostForm, EachOfAListOfContentTypesIsChecked) {
  set("content-type", "text/plain, text/plainer");
  EXPECT_EQ(outcome(document(kConditions)), "ok");
  set("content-type", "text/plain, image/png");
  EXPECT_EQ(outcome(document(kConditions)), "AccessDenied");
}

TEST_F(PostForm, MalformedPolicies) {
  const auto malformed = [this](const std::string& policy) { return outcome(policy) == "InvalidPolicyDocument"; };
  EXPECT_TRUE(malformed("not json"));
  EXPECT_TRUE(malformed("[]"));
  EXPECT_TRUE(malformed(document(kConditions, "2013-05-24 01:00:00+00:00")));
  EXPECT_TRUE(malformed(R"({"conditions": )" + kConditions + "}"));
  EXPECT_TRUE(malformed(R"({"EXPIRATION": "2013-05-24T01:00:00Z", "conditions": )" + kConditions + "}"));
  EXPECT_TRUE(malformed(R"({"expiration": "2013-05-24T01:00:00Z"})"));
  EXPECT_TRUE(malformed(R"({"expiration": "2013-05-24T01:00:00Z", "CONDITIONS": )" + kConditions + "}"));
  EXPECT_TRUE(malformed(document("{}")));
  EXPECT_TRUE(malformed(document("[{}]")));
  EXPECT_TRUE(malformed(document("[1]")));
  EXPECT_TRUE(malformed(document(R"([{"bucket": []}])")));
  EXPECT_TRUE(malformed(document(R"([["content-length-range", 0]])")));
  EXPECT_TRUE(malformed(document(R"([["content-length-range", -1, 0]])")));
  EXPECT_TRUE(malformed(document(R"([["content-length-range", 2, 1]])")));
  EXPECT_TRUE(malformed(document(R"([["content-length-range", "a", "b"]])")));
  EXPECT_TRUE(malformed(document(R"([["ends-with", "$key", "x"]])")));
  EXPECT_TRUE(malformed(document(R"([["eq", "key", "x"]])")));
  EXPECT_TRUE(malformed(document(R"([["eq", "$key"]])")));
  EXPECT_TRUE(malformed(document("[[]]")));
}

TEST_F(PostForm, LengthRangesNarrowEachOther) {
  const auto policy = parse_post_policy(
      codec::to_base64(document(R"([["content-length-range", 5, 100], ["content-length-range", 1, 50]])")));
  ASSERT_TRUE(policy.has_value());
  EXPECT_EQ(policy->length->bytes_min, 5u);
  EXPECT_EQ(policy->length->bytes_max, 50u);
}

TEST_F(PostForm, TheKeyIsCheckedAsItWillBeWritten) {
  set("key", "${filename}");
  EXPECT_EQ(*post_form_key(form_), "foo.txt");
  EXPECT_EQ(outcome(document(kConditions)), "ok");
  form_.filename = "bar.txt";
  EXPECT_EQ(outcome(document(kConditions)), "AccessDenied");
  form_.filename = "C:\\dir/foo\\foo.txt";
  EXPECT_EQ(*post_form_key(form_), "foo.txt");
  set("key", "a/${filename}/${filename}");
  EXPECT_EQ(*post_form_key(form_), "a/foo.txt/foo.txt");
  set("key", "\\$foo.txt");
  EXPECT_EQ(*post_form_key(form_), "\\$foo.txt");
}

TEST_F(PostForm, KeysThatCannotBe) {
  remove("key");
  EXPECT_EQ(post_form_key(form_).error().code, ErrorCode::kInvalidArgument);
  add("key", "");
  EXPECT_EQ(post_form_key(form_).error().code, ErrorCode::kInvalidArgument);
  set("key", std::string(1025, 'k'));
  EXPECT_EQ(post_form_key(form_).error().code, ErrorCode::kKeyTooLongError);
  set("key", "\xff");
  EXPECT_EQ(post_form_key(form_).error().code, ErrorCode::kInvalidUri);
  set("key", std::string("a\0b", 3));
  EXPECT_EQ(post_form_key(form_).error().code, ErrorCode::kInvalidUri);
  form_.filename = std::string(2000, 'f');
  set("key", "${filename}${filename}");
  EXPECT_EQ(post_form_key(form_).error().code, ErrorCode::kKeyTooLongError);
}

}  // namespace
}  // namespace garage::api
