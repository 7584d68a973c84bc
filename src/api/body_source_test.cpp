#include "api/body_source.hpp"

#include <gtest/gtest.h>

#include "api/small_body.hpp"
#include "api/testing/test_request.hpp"
#include "runtime/manual_loop.hpp"

namespace garage::api {
namespace {

using testing::TestRequest;

Authenticated anonymous(TestRequest& request, PayloadMode mode) {
  return {.principal = Principal::anonymous(),
          .presigned = false,
          .payload = mode,
          .content_sha256 = {},
          .chunk_signing = nullptr,
          .headers = EffectiveHeaders(request.get().headers)};
}

TEST(BodySource, PlainLength) {
  TestRequest none("GET", "/b");
  EXPECT_EQ((*make_body_source(none, anonymous(none, PayloadMode::kUnsigned)))->length(), 0u);
  TestRequest sized("PUT", "/b/k");
  sized.body("abc");
  EXPECT_EQ((*make_body_source(sized, anonymous(sized, PayloadMode::kUnsigned)))->length(), 3u);
  sized.get().content_length.reset();
  sized.get().chunked = true;
  EXPECT_EQ((*make_body_source(sized, anonymous(sized, PayloadMode::kSha256)))->length(), std::nullopt);
}

TEST(BodySource, StreamingNeedsADecodedLength) {
  TestRequest request("PUT", "/b/k");
  request.body("0\r\n\r\n");
  const auto code = [&] {
    const auto source = make_body_source(request, anonymous(request, PayloadMode::kStreamingUnsignedTrailer));
    return source ? ErrorCode::kInternalError : source.error().code;
  };
  EXPECT_EQ(code(), ErrorCode::kMissingContentLength);
  for (const char* value : {"", "-1", "abc", "1 ", "99999999999999999999999999"}) {
    request.remove("x-amz-decoded-content-length").header("x-amz-decoded-content-length", value);
    EXPECT_EQ(code(), ErrorCode::kInvalidArgument) << value;
  }
  request.replace("x-amz-decoded-content-length", "0").header("x-amz-decoded-content-length", "0");
  EXPECT_EQ(code(), ErrorCode::kInvalidArgument);
}

TEST(BodySource, ObjectsNeedALength) {
  TestRequest request("PUT", "/b/k");
  EXPECT_EQ(require_length(request).error().code, ErrorCode::kMissingContentLength);
  request.get().chunked = true;
  EXPECT_TRUE(require_length(request).has_value());
  TestRequest sized("PUT", "/b/k");
  sized.body("");
  EXPECT_TRUE(require_length(sized).has_value());
}

class SmallBody : public ::testing::Test {
 protected:
  ApiResult<std::string> read(const std::string& body, ChecksumRequest promised = {}, size_t bytes_max = 100'000,
                              size_t step = SIZE_MAX) {
    TestRequest request("POST", "/b?delete");
    request.body(body, step);
    if (chunked_) request.get().content_length.reset(), request.get().chunked = true;
    auto source = make_body_source(request, anonymous(request, PayloadMode::kUnsigned));
    runtime::ManualLoop loop;
    auto text = loop.run_until_done(read_small_body(**source, std::move(promised), bytes_max));
    bytes_read_ = request.string_body().bytes_read();
    return text;
  }
  bool chunked_ = false;
  size_t bytes_read_ = 0;
};

TEST_F(SmallBody, IsReadWhole) {
  const std::string body(50'000, 'x');
  EXPECT_EQ(read(""), "");
  EXPECT_EQ(read("abc"), "abc");
  EXPECT_EQ(read(body), body);
  EXPECT_EQ(read(body, {}, body.size(), 333), body);
  chunked_ = true;
  EXPECT_EQ(read(body, {}, body.size(), 333), body);
}

TEST_F(SmallBody, IsBounded) {
  const std::string body(50'000, 'x');
  EXPECT_EQ(read(body, {}, 49'999).error().code, ErrorCode::kMaxMessageLengthExceeded);
  EXPECT_EQ(bytes_read_, 0u);  // its length is known
  chunked_ = true;
  EXPECT_EQ(read(body, {}, 1000).error().code, ErrorCode::kMaxMessageLengthExceeded);
  EXPECT_EQ(bytes_read_, 1001u);
  EXPECT_EQ(read("x", {}, 0).error().code, ErrorCode::kMaxMessageLengthExceeded);
  EXPECT_EQ(read("", {}, 0), "");
}

TEST_F(SmallBody, KeepsItsPromises) {
  using enum ErrorCode;
  ChecksumRequest promised;
  promised.sha256 = crypto::sha256("body");
  EXPECT_EQ(read("body", promised), "body");
  EXPECT_EQ(read("bodY", promised).error().code, kXAmzContentSha256Mismatch);
  promised = {};
  promised.md5 = crypto::md5("body");
  EXPECT_EQ(read("body", promised), "body");
  EXPECT_EQ(read("bodY", promised).error().code, kBadDigest);
}

// The vectors for 1024 times 'A' and for "123456789".
TEST_F(SmallBody, EveryChecksumIsCompared) {
  const std::string a(1024, 'A');
  const std::tuple<ChecksumAlgorithm, std::string, const char*> vectors[] = {
      {ChecksumAlgorithm::kSha256, a, "arcu6553sHVAiX4MjW0j7I7vD4w6R+Gz9Ok0Q9lTa+0="},
      {ChecksumAlgorithm::kCrc64nvme, a, "Qeh8oXvGiSo="},
      {ChecksumAlgorithm::kCrc32, "123456789", "y/Q5Jg=="},
      {ChecksumAlgorithm::kCrc32c, "123456789", "4waSgw=="},
      {ChecksumAlgorithm::kCrc64nvme, "123456789", "rosUhgp5mIg="},
      {ChecksumAlgorithm::kSha1, "abc", "qZk+NkcGgWq6PiVxeFDCbJzQ2J0="},
  };
  for (const auto& [algorithm, body, value] : vectors) {
    ChecksumRequest promised;
    promised.algorithm = algorithm;
    promised.expected = *parse_checksum_value(algorithm, value);
    EXPECT_EQ(read(body, promised), body) << checksum_name(algorithm);
    EXPECT_EQ(read(body + "x", promised).error().code, ErrorCode::kBadDigest) << checksum_name(algorithm);
  }
}

}  // namespace
}  // namespace garage::api
