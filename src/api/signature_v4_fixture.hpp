// What the tests of signature V4 share: one key, one moment, and requests that are signed first and changed afterwards.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/authenticate.hpp"
#include "api/testing/request_signer.hpp"

namespace garage::api {

using testing::MemoryKeys;
using testing::RequestSigner;
using testing::TestRequest;

inline constexpr uint64_t kSignedAtMs = 1369353600000;  // 20130524T000000Z
inline constexpr uint64_t kMinuteMs = 60'000;

class SignatureV4 : public ::testing::Test {
 protected:
  SignatureV4() { keys_.add(signer_.key_id, signer_.secret); }

  ApiResult<Authenticated> ask(TestRequest& request) {
    auto uri = parse_uri(request.get());
    if (!uri) return std::unexpected(uri.error());
    uris_.push_back(std::make_unique<ParsedUri>(std::move(*uri)));
    return authenticate(request, *uris_.back(),
                        {.keys = keys_,
                         .signing_keys = cache_,
                         .region = "us-east-1",
                         .now = now_,
                         .options = options_,
                         .latest = latest_});
  }
  ErrorCode refusal(TestRequest& request) {
    auto answer = ask(request);
    EXPECT_FALSE(answer.has_value());
    return answer ? ErrorCode::kInternalError : answer.error().code;
  }
  std::string text(TestRequest& request) {
    auto answer = ask(request);
    return answer ? "" : std::string(answer.error().text());
  }

  // A request that is signed and accepted, changed afterwards.
  ErrorCode refusal_after(const std::function<void(TestRequest&)>& change) {
    TestRequest request("GET", "/bucket/key?prefix=a%2Fb");
    request.header("host", "s3.example.com").header("range", "bytes=0-9");
    signer_.sign(request);
    EXPECT_TRUE(ask(request).has_value());
    change(request);
    return refusal(request);
  }
  // The value of Authorization with a piece of it replaced.
  ErrorCode refusal_with_authorization(const std::string& from, const std::string& to) {
    return refusal_after([&](TestRequest& request) {
      std::string value(*request.get().headers.get("authorization"));
      const size_t at = value.find(from);
      ASSERT_NE(at, value.npos) << from;
      request.replace("authorization", value.replace(at, from.size(), to));
    });
  }
  ErrorCode presigned_refusal(const std::string& from, const std::string& to) {
    TestRequest request("GET", "/bucket/key");
    request.header("host", "s3.example.com");
    signer_.presign(request);
    EXPECT_TRUE(ask(request).has_value());
    std::string target(request.get().target);
    const size_t at = target.find(from);
    EXPECT_NE(at, target.npos) << from;
    request.set_target(target.replace(at, from.size(), to));
    return refusal(request);
  }
  ErrorCode expires_refusal(const std::string& expires) {
    TestRequest request("GET", "/bucket/key");
    request.header("host", "s3.example.com");
    signer_.presign(request, expires);
    return refusal(request);
  }

  MemoryKeys keys_;
  SigningKeyCache cache_{4};
  RequestSigner signer_;
  WallTime now_{kSignedAtMs};
  WallTime latest_ = {};
  AuthOptions options_;
  std::vector<std::unique_ptr<ParsedUri>> uris_;  // answers borrow them
};

}  // namespace garage::api
