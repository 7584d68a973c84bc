#include "api/signature_v4_fixture.hpp"

namespace garage::api {
namespace {

struct Vector {
  const char* target;
  bool range;
  const char* signature;
};

TEST_F(SignatureV4, KnownAnswersOfTheHeaderForm) {
  const Vector vectors[] = {
      {"/test.txt", true, "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
      {"/?lifecycle", false, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
      {"/?max-keys=2&prefix=J", false, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
      {"/?prefix=J&max-keys=2", false, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
  };
  for (const Vector& vector : vectors) {
    TestRequest request("GET", vector.target);
    request.header("host", "examplebucket.s3.amazonaws.com");
    if (vector.range) request.header("range", "bytes=0-9");
    request.header("x-amz-content-sha256", RequestSigner::sha256_hex("")).header("x-amz-date", "20130524T000000Z");
    request.header("authorization",
                   std::string("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
                               "SignedHeaders=host;") +
                       (vector.range ? "range;" : "") +
                       "x-amz-content-sha256;x-amz-date,Signature=" + vector.signature);
    const auto answer = ask(request);
    ASSERT_TRUE(answer.has_value()) << vector.target << ": " << answer.error().text();
    EXPECT_EQ(answer->principal.access_key_id(), "AKIAIOSFODNN7EXAMPLE");
    EXPECT_TRUE(answer->principal.is_signed());
    EXPECT_FALSE(answer->presigned);
    EXPECT_EQ(answer->payload, PayloadMode::kSha256);
    EXPECT_EQ(crypto::view(*answer->content_sha256), crypto::view(crypto::sha256("")));
  }
}

TEST_F(SignatureV4, KnownAnswerOfTheSigningKey) {
  const auto key = SigningKey::derive(Secret(signer_.secret), "20130524", "us-east-1", "s3");
  const std::string raw = *from_hex("dbb893acc010964918f1fd433add87c70e8b0db6be30c1fbeafefa5ec6ba8378");
  EXPECT_EQ(key.sign("text"), crypto::hmac_sha256(raw, "text"));
  EXPECT_EQ(key.sign(""), crypto::hmac_sha256(raw, ""));
}

TEST_F(SignatureV4, WithoutCredentialsTheRequestIsAnonymous) {
  TestRequest request("GET", "/bucket/key");
  request.header("host", "h");
  const auto answer = ask(request);
  ASSERT_TRUE(answer.has_value());
  EXPECT_TRUE(answer->principal.is_anonymous());
  EXPECT_FALSE(answer->principal.is_signed());
  EXPECT_EQ(answer->principal.access_key_id(), "");
}

TEST_F(SignatureV4, OptionsNeedsNoCredentialsAndIgnoresThem) {
  TestRequest request("OPTIONS", "/bucket/key?X-Amz-Algorithm=nonsense");
  request.header("host", "h").header("authorization", "nonsense");
  const auto answer = ask(request);
  ASSERT_TRUE(answer.has_value());
  EXPECT_TRUE(answer->principal.is_anonymous());
}

TEST_F(SignatureV4, AnonymousUploadsMayBeStreamedButNotWithSignedChunks) {
  TestRequest trailer("PUT", "/bucket/key");
  trailer.header("host", "h").header("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
  EXPECT_EQ(ask(trailer)->payload, PayloadMode::kStreamingUnsignedTrailer);
  TestRequest chunks("PUT", "/bucket/key");
  chunks.header("host", "h").header("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
  EXPECT_EQ(refusal(chunks), ErrorCode::kInvalidRequest);
}

TEST_F(SignatureV4, EmptyAuthorizationIsRefused) {
  TestRequest request("GET", "/bucket");
  request.header("host", "h").header("authorization", "");
  EXPECT_EQ(refusal(request), ErrorCode::kAccessDenied);
}

TEST_F(SignatureV4, UnknownAlgorithmIsRefused) {
  for (const char* value :
       {"Bearer token", "AWS4-HMAC-SHA512 Credential=x", "AWS4-HMAC-SHA256X Credential=x", "Basic QQ=="}) {
    TestRequest request("GET", "/bucket");
    request.header("host", "h").header("authorization", value);
    EXPECT_EQ(refusal(request), ErrorCode::kInvalidRequest) << value;
  }
}

TEST_F(SignatureV4, MalformedHeaderIsRefused) {
  using enum ErrorCode;
  EXPECT_EQ(refusal_with_authorization("Signature=", "Signatur="), kAuthorizationHeaderMalformed);
  EXPECT_EQ(refusal_with_authorization("SignedHeaders=", "Signature="), kAuthorizationHeaderMalformed);
  EXPECT_EQ(refusal_with_authorization(", SignedHeaders", ", x, SignedHeaders"), kAuthorizationHeaderMalformed);
  EXPECT_EQ(refusal_with_authorization("/20130524/us-east-1/s3/aws4_request", "/aws4_request"),
            kAuthorizationHeaderMalformed);
  EXPECT_EQ(refusal_with_authorization("=AKIAIOSFODNN7EXAMPLE/", "=/"), kAuthorizationHeaderMalformed);
  EXPECT_EQ(refusal_with_authorization("host;", "host;;"), kAuthorizationHeaderMalformed);
  EXPECT_EQ(refusal_with_authorization("host;", "host;host;"), kAuthorizationHeaderMalformed);
  TestRequest bare("GET", "/");
  bare.header("host", "h").header("authorization", "AWS4-HMAC-SHA256");
  EXPECT_EQ(refusal(bare), kAuthorizationHeaderMalformed);
}

TEST_F(SignatureV4, WrongScopeIsRefusedAndNamesTheRegion) {
  using enum ErrorCode;
  EXPECT_EQ(refusal_with_authorization("/20130524/", "/20130523/"), kAuthorizationHeaderMalformed);
  EXPECT_EQ(refusal_with_authorization("/s3/", "/k2v/"), kAuthorizationHeaderMalformed);
  EXPECT_EQ(refusal_with_authorization("aws4_request", "aws5_request"), kAuthorizationHeaderMalformed);

  signer_.region = "garage";
  TestRequest request("GET", "/bucket");
  request.header("host", "h");
  signer_.sign(request);
  const auto answer = ask(request);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, kAuthorizationHeaderMalformed);
  EXPECT_EQ(answer.error().region, "us-east-1");
  EXPECT_TRUE(answer.error().text().ends_with(
      "unexpected scope: '20130524/garage/s3/aws4_request', expected: '20130524/us-east-1/s3/aws4_request'"));
}

TEST_F(SignatureV4, OtherRegionsAreAcceptedOnlyAsConfigured) {
  const auto ask_as = [this](const std::string& region) {
    signer_.region = region;
    TestRequest request("GET", "/bucket");
    request.header("host", "h");
    signer_.sign(request);
    auto uri = parse_uri(request.get());
    return authenticate(request, *uri,
                        {.keys = keys_, .signing_keys = cache_, .region = "garage", .now = now_, .options = options_})
        .has_value();
  };
  EXPECT_TRUE(ask_as("garage"));
  EXPECT_FALSE(ask_as("us-east-1"));
  EXPECT_FALSE(ask_as(""));
  options_.accept_us_east_1_alias = true;
  EXPECT_TRUE(ask_as("us-east-1"));
  EXPECT_FALSE(ask_as(""));
  EXPECT_FALSE(ask_as("eu-west-1"));
}

TEST_F(SignatureV4, DateIsRequiredAndBounded) {
  using enum ErrorCode;
  EXPECT_EQ(refusal_after([](auto& request) { request.remove("x-amz-date"); }), kAccessDenied);
  EXPECT_EQ(refusal_after([](auto& request) { request.replace("x-amz-date", "yesterday"); }), kAccessDenied);
  EXPECT_EQ(refusal_after([](auto& request) { request.replace("x-amz-date", ""); }), kAccessDenied);
  EXPECT_EQ(refusal_after([](auto& request) { request.header("x-amz-date", "20130524T000000Z"); }), kAccessDenied);
  EXPECT_EQ(refusal_after([](auto& request) { request.replace("x-amz-date", "20130524T000001Z"); }),
            kSignatureDoesNotMatch);

  TestRequest request("GET", "/bucket");
  request.header("host", "h");
  signer_.sign(request);
  for (const uint64_t now : {kSignedAtMs - 15 * kMinuteMs, kSignedAtMs + 15 * kMinuteMs}) {
    now_.unix_ms = now;
    EXPECT_TRUE(ask(request).has_value());
  }
  for (const uint64_t now : {kSignedAtMs - 15 * kMinuteMs - 1, kSignedAtMs + 15 * kMinuteMs + 1}) {
    now_.unix_ms = now;
    EXPECT_EQ(refusal(request), kRequestTimeTooSkewed);
  }
}

TEST_F(SignatureV4, DateMayComeInOtherFormsAndFromTheDateHeader) {
  for (const char* name : {"x-amz-date", "date"}) {
    for (const char* value : {"20130524T000000Z", "Fri, 24 May 2013 00:00:00 GMT", "Fri, 24 May 2013 00:00:00 +0000"}) {
      TestRequest request("GET", "/bucket");
      request.header("host", "h").header(name, value).header("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
      TestRequest signed_by_amz_date("GET", "/bucket");
      const std::string canonical =
          std::string("GET\n/bucket\n\n") +
          (name == std::string("date") ? std::string("date:") + value + "\nhost:h\n" : "host:h\n") +
          "x-amz-content-sha256:UNSIGNED-PAYLOAD\n" +
          (name == std::string("date") ? "" : std::string("x-amz-date:") + value + "\n");
      const std::string names =
          name == std::string("date") ? "date;host;x-amz-content-sha256" : "host;x-amz-content-sha256;x-amz-date";
      const std::string to_sign = "AWS4-HMAC-SHA256\n20130524T000000Z\n" + signer_.scope() + "\n" +
                                  RequestSigner::sha256_hex(canonical + "\n" + names + "\nUNSIGNED-PAYLOAD");
      request.header("authorization", "AWS4-HMAC-SHA256 Signature=" + signer_.hmac_chain(to_sign) + ",SignedHeaders=" +
                                          names + ",  Credential=" + signer_.key_id + "/" + signer_.scope());
      EXPECT_TRUE(ask(request).has_value()) << name << " " << value << ": " << text(request);
    }
  }
}

TEST_F(SignatureV4, ContentHashIsRequired) {
  EXPECT_EQ(refusal_after([](auto& request) { request.remove("x-amz-content-sha256"); }), ErrorCode::kInvalidRequest);
}

TEST_F(SignatureV4, ContentHashDecidesThePayloadMode) {
  const auto mode = [this](const std::string& payload) -> std::expected<PayloadMode, ErrorCode> {
    TestRequest request("PUT", "/bucket/key");
    request.header("host", "h");
    signer_.sign(request, payload);
    auto answer = ask(request);
    if (!answer) return std::unexpected(answer.error().code);
    EXPECT_EQ(answer->chunk_signing != nullptr, payload.starts_with("STREAMING-AWS4"));
    return answer->payload;
  };
  using enum PayloadMode;
  EXPECT_EQ(mode("UNSIGNED-PAYLOAD"), kUnsigned);
  EXPECT_EQ(mode(RequestSigner::sha256_hex("x")), kSha256);
  EXPECT_EQ(mode("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"), kStreamingSigned);
  EXPECT_EQ(mode("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"), kStreamingSignedTrailer);
  EXPECT_EQ(mode("STREAMING-UNSIGNED-PAYLOAD-TRAILER"), kStreamingUnsignedTrailer);
  EXPECT_EQ(mode("STREAMING-UNSIGNED-PAYLOAD").error(), ErrorCode::kInvalidRequest);
  EXPECT_EQ(mode("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD").error(), ErrorCode::kNotImplemented);
  EXPECT_EQ(mode("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER").error(), ErrorCode::kNotImplemented);
  EXPECT_EQ(mode("").error(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(mode("abcd").error(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(mode(std::string(63, 'a') + "g").error(), ErrorCode::kInvalidArgument);
}

TEST_F(SignatureV4, HostAndEveryAmzHeaderMustBeSigned) {
  for (const char* name : {"x-amz-copy-source", "x-amz-acl", "x-amz-meta-a", "x-amz-trailer", "x-amz-security-token"}) {
    EXPECT_EQ(refusal_after([name](auto& request) { request.header(name, "v"); }), ErrorCode::kAccessDenied) << name;
    TestRequest presigned("PUT", "/bucket/key");
    presigned.header("host", "h");
    signer_.presign(presigned);
    EXPECT_TRUE(ask(presigned).has_value());
    presigned.header(name, "v");
    EXPECT_EQ(refusal(presigned), ErrorCode::kAccessDenied) << name;
  }
  // Only headers that begin with x-amz- are ours.
  TestRequest request("GET", "/bucket");
  request.header("host", "h");
  signer_.sign(request);
  request.header("x-amzn-trace-id", "1").header("user-agent", "me").header("range", "bytes=0-1");
  EXPECT_TRUE(ask(request).has_value()) << text(request);

  EXPECT_EQ(refusal_with_authorization("SignedHeaders=host;", "SignedHeaders="), ErrorCode::kAccessDenied);
  EXPECT_EQ(presigned_refusal("SignedHeaders=host", "SignedHeaders=range"), ErrorCode::kAccessDenied);
}

TEST_F(SignatureV4, OnlyTheContentHashMayStayUnsigned) {
  TestRequest request("GET", "/bucket");
  request.header("host", "h").header("x-amz-date", signer_.timestamp);
  const std::string canonical =
      "GET\n/bucket\n\nhost:h\nx-amz-date:20130524T000000Z\n\nhost;x-amz-date\nUNSIGNED-PAYLOAD";
  const std::string to_sign =
      "AWS4-HMAC-SHA256\n20130524T000000Z\n" + signer_.scope() + "\n" + RequestSigner::sha256_hex(canonical);
  request.header("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
  request.header("authorization", "AWS4-HMAC-SHA256 Credential=" + signer_.key_id + "/" + signer_.scope() +
                                      ",SignedHeaders=x-amz-date;host,Signature=" + signer_.hmac_chain(to_sign));
  EXPECT_TRUE(ask(request).has_value()) << text(request);
  request.replace("x-amz-content-sha256", RequestSigner::sha256_hex(""));
  EXPECT_EQ(refusal(request), ErrorCode::kSignatureDoesNotMatch);
}

TEST_F(SignatureV4, AMissingSignedHeaderIsAMismatch) {
  EXPECT_EQ(refusal_after([](auto& request) { request.remove("range"); }), ErrorCode::kSignatureDoesNotMatch);
}

TEST_F(SignatureV4, KeysMustExistAndNotHaveExpired) {
  signer_.key_id = "AKUNKNOWN";
  TestRequest request("GET", "/bucket");
  request.header("host", "h");
  signer_.sign(request);
  EXPECT_EQ(refusal(request), ErrorCode::kInvalidAccessKeyId);
  keys_.add("AKUNKNOWN", signer_.secret, now_.unix_ms + 1);
  EXPECT_TRUE(ask(request).has_value());
  keys_.add("AKUNKNOWN", signer_.secret, now_.unix_ms);
  EXPECT_EQ(refusal(request), ErrorCode::kAccessDenied);
  keys_.add("AKUNKNOWN", signer_.secret, now_.unix_ms + kMinuteMs);
  EXPECT_TRUE(ask(request).has_value());
  latest_.unix_ms = now_.unix_ms + kMinuteMs;
  EXPECT_EQ(refusal(request), ErrorCode::kAccessDenied) << "one clock of two may be behind";
}

TEST_F(SignatureV4, AReplacedSecretCountsAtOnce) {
  TestRequest request("GET", "/bucket");
  request.header("host", "h");
  signer_.sign(request);
  EXPECT_TRUE(ask(request).has_value());
  keys_.add(signer_.key_id, "another secret");
  EXPECT_EQ(refusal(request), ErrorCode::kSignatureDoesNotMatch);
}

TEST_F(SignatureV4, AMismatchExplainsItself) {
  TestRequest request("GET", "/bucket");
  request.header("host", "h");
  signer_.sign(request);
  std::string value(*request.get().headers.get("authorization"));
  value.back() = value.back() == '0' ? '1' : '0';
  request.replace("authorization", value);
  const auto answer = ask(request);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, ErrorCode::kSignatureDoesNotMatch);
  std::string names;
  for (const auto& [name, value_text] : answer.error().xml_extra) names += name + " ";
  EXPECT_EQ(names, "AWSAccessKeyId StringToSign SignatureProvided CanonicalRequest ");
}

TEST_F(SignatureV4, SignatureDigitsHaveNoCase) {
  TestRequest request("GET", "/bucket");
  request.header("host", "h");
  signer_.sign(request);
  std::string value(*request.get().headers.get("authorization"));
  for (size_t i = value.find("Signature=") + 10; i < value.size(); ++i)
    value[i] = static_cast<char>(std::toupper(value[i]));
  request.replace("authorization", value);
  EXPECT_TRUE(ask(request).has_value());
}

TEST_F(SignatureV4, CredentialsFromTwoPlacesAreRefused) {
  TestRequest request("GET", "/bucket/key");
  request.header("host", "h");
  signer_.presign(request);
  request.header("authorization", "AWS4-HMAC-SHA256 whatever");
  EXPECT_EQ(refusal(request), ErrorCode::kInvalidArgument);

  TestRequest twice("GET", "/bucket");
  twice.header("host", "h");
  signer_.sign(twice);
  const std::string value(*twice.get().headers.get("authorization"));
  twice.header("authorization", value);
  EXPECT_EQ(refusal(twice), ErrorCode::kInvalidArgument);

  TestRequest v2_and_v4("GET", "/bucket?AWSAccessKeyId=a&Signature=b&Expires=1&X-Amz-Algorithm=AWS4-HMAC-SHA256");
  v2_and_v4.header("host", "h");
  EXPECT_EQ(refusal(v2_and_v4), ErrorCode::kInvalidArgument);
}

TEST_F(SignatureV4, PathsAreSignedAsReceivedOrAsEncodedAnew) {
  // What the client signed -> what arrives. The second spelling of a path is what a proxy may make of it.
  const std::pair<const char*, const char*> accepted[] = {
      {"/b/a%20b", "/b/a%20b"},
      {"/b//x/./../y", "/b//x/./../y"},
      {"/b/a+b", "/b/a+b"},
      {"/b/%e2%82%ac", "/b/%e2%82%ac"},
      {"/b/%E2%82%AC", "/b/%e2%82%ac"},
      {"/b/a%2Bb", "/b/a+b"},
      {"/b/%7E", "/b/%7E"},
      {"/b/~", "/b/%7E"},
      {"/b/a%3Db", "/b/a=b"},
  };
  for (const auto& [signed_path, received] : accepted) {
    TestRequest request("GET", signed_path);
    request.header("host", "h");
    signer_.sign(request);
    request.set_target(received);
    EXPECT_TRUE(ask(request).has_value()) << signed_path << " -> " << received;
  }
  const std::pair<const char*, const char*> refused[] = {
      {"/b/a%20b", "/b/a+b"}, {"/b//x", "/b/x"}, {"/b/x/../y", "/b/y"}, {"/b/x", "/b/X"}, {"/b/%2525", "/b/%25"}};
  for (const auto& [signed_path, received] : refused) {
    TestRequest request("GET", signed_path);
    request.header("host", "h");
    signer_.sign(request);
    request.set_target(received);
    EXPECT_EQ(refusal(request), ErrorCode::kSignatureDoesNotMatch) << signed_path << " -> " << received;
  }
}

TEST_F(SignatureV4, QueryIsDecodedEncodedAndSorted) {
  const auto accepts = [this](const char* signed_query, const char* received) {
    TestRequest request("GET", std::string("/b?") + signed_query);
    request.header("host", "h");
    signer_.sign(request);
    request.set_target(std::string("/b?") + received);
    return ask(request).has_value();
  };
  EXPECT_TRUE(accepts("a=x%20y", "a=x+y"));
  EXPECT_TRUE(accepts("a=x%20y", "a=x%20y"));
  EXPECT_TRUE(accepts("prefix=a%2Fb", "prefix=a/b"));
  EXPECT_TRUE(accepts("prefix=a%2Fb", "prefix=a%2fb"));
  EXPECT_TRUE(accepts("acl", "acl="));
  EXPECT_TRUE(accepts("b=1&a=2&a-=3&aa=4", "aa=4&a-=3&a=2&b=1"));
  EXPECT_TRUE(accepts("a=%7E", "a=~"));
  EXPECT_TRUE(accepts("%2F=1&%30=2", "0=2&/=1"));
  EXPECT_TRUE(accepts("a=1", "&a=1&&"));
  EXPECT_FALSE(accepts("a=x%20y", "a=x%2By"));
  EXPECT_FALSE(accepts("a=1", "a=2"));
  EXPECT_FALSE(accepts("a=1", "a=1&b"));
  EXPECT_FALSE(accepts("a=1&b=2", "a=1"));
}

TEST_F(SignatureV4, HeaderValuesAreJoinedAndFolded) {
  TestRequest request("GET", "/b");
  request.header("host", "h").header("x-amz-meta-a", "one two,three");
  signer_.sign(request);
  request.replace("x-amz-meta-a", "one   two,three");
  EXPECT_TRUE(ask(request).has_value());
  request.replace("x-amz-meta-a", "one \t two,three");
  EXPECT_TRUE(ask(request).has_value());
  request.replace("x-amz-meta-a", "one two").header("x-amz-meta-a", "three");
  EXPECT_TRUE(ask(request).has_value());
  request.header("x-amz-meta-a", "four");
  EXPECT_EQ(refusal(request), ErrorCode::kSignatureDoesNotMatch);
}

// Whatever byte of the signed parts is changed, the request is not the signed one any more.
TEST_F(SignatureV4, NoByteOfASignedRequestCanBeChanged) {
  TestRequest request("PUT", "/bucket/some/key?partNumber=1&uploadId=abc");
  request.header("host", "s3.example.com").header("x-amz-meta-colour", "blue").header("content-type", "text/plain");
  signer_.sign(request, RequestSigner::sha256_hex("body"));
  ASSERT_TRUE(ask(request).has_value());

  const std::string target(request.get().target);
  for (size_t i = 1; i < target.size(); ++i) {
    for (const int flip : {1, 2, 4, 16, 64}) {
      std::string changed = target;
      changed[i] = static_cast<char>(changed[i] ^ flip);
      request.set_target(changed);
      EXPECT_FALSE(ask(request).has_value()) << changed;
    }
  }
  request.set_target(target);
  for (const auto& [name, value] : std::deque(request.fields())) {
    for (size_t i = 0; i < value.size(); ++i) {
      for (const int flip : {1, 2, 4, 16, 64}) {
        std::string changed = value;
        changed[i] = static_cast<char>(changed[i] ^ flip);
        // Blanks around the items of Authorization carry no meaning, nor does a tab instead of one.
        if (name == "authorization" && (value[i] == ' ' || value[i] == ',')) continue;
        request.replace(name, changed);
        EXPECT_FALSE(ask(request).has_value()) << name << ": " << changed;
      }
    }
    request.replace(name, value);
  }
  request.set_method("POST");
  EXPECT_EQ(refusal(request), ErrorCode::kSignatureDoesNotMatch);
  request.set_method("PUT");
  EXPECT_TRUE(ask(request).has_value());
}

}  // namespace
}  // namespace garage::api
