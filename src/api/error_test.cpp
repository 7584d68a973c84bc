#include "api/error.hpp"

#include <gtest/gtest.h>

#include <set>

#include "api/request_id.hpp"
#include "codec/xml.hpp"
#include "runtime/manual_loop.hpp"

namespace garage::api {
namespace {

TEST(ErrorCode, EveryCodeHasItsOwnNameAndAnErrorStatus) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(ErrorCode::kXAmzContentSha256Mismatch); ++i) {
    const ErrorCodeInfo& info = info_of(static_cast<ErrorCode>(i));
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_GE(info.status, 400) << info.name;
    EXPECT_FALSE(info.message.empty()) << info.name;
  }
  EXPECT_EQ(status_of(ErrorCode::kNoSuchKey), 404);
  EXPECT_EQ(status_of(ErrorCode::kMissingContentLength), 411);
  EXPECT_EQ(status_of(ErrorCode::kPreconditionFailed), 412);
  EXPECT_EQ(status_of(ErrorCode::kInvalidRange), 416);
  EXPECT_EQ(status_of(ErrorCode::kSlowDown), 503);
}

TEST(ApiError, LayerErrorsHaveAMeaning) {
  const std::pair<ErrorKind, ErrorCode> meanings[] = {
      {ErrorKind::kInvalid, ErrorCode::kInvalidRequest},
      {ErrorKind::kDenied, ErrorCode::kAccessDenied},
      {ErrorKind::kNoSpace, ErrorCode::kServiceUnavailable},
      {ErrorKind::kTimeout, ErrorCode::kServiceUnavailable},
      {ErrorKind::kUnavailable, ErrorCode::kServiceUnavailable},
      {ErrorKind::kUnknownOutcome, ErrorCode::kServiceUnavailable},
      {ErrorKind::kClosed, ErrorCode::kServiceUnavailable},
      {ErrorKind::kOverloaded, ErrorCode::kSlowDown},
      {ErrorKind::kConflict, ErrorCode::kConditionalRequestConflict},
      {ErrorKind::kPrecondition, ErrorCode::kPreconditionFailed},
      {ErrorKind::kUnsupported, ErrorCode::kNotImplemented},
      {ErrorKind::kCorrupt, ErrorCode::kInternalError},
      {ErrorKind::kIo, ErrorCode::kInternalError},
      {ErrorKind::kInternal, ErrorCode::kInternalError},
      {ErrorKind::kNotFound, ErrorCode::kInternalError},
      {ErrorKind::kExists, ErrorCode::kInternalError},
  };
  for (const auto& [kind, code] : meanings) EXPECT_EQ(from(Error{kind, "x"}).code, code) << to_string(kind);
}

TEST(ApiError, InsidesAreForTheLogOnly) {
  const ApiError error = from(Error{ErrorKind::kIo, "read /data/meta failed"});
  EXPECT_EQ(error.text().find("/data"), std::string_view::npos);
  EXPECT_NE(error.detail.find("/data"), std::string::npos);
  EXPECT_EQ(render_error(error, {"/b", "1", "2"}).find("/data"), std::string::npos);
}

TEST(ApiError, BodyIsXmlAndEscaped) {
  ApiError error;
  error.code = ErrorCode::kNoSuchKey;
  error.key = "<script>&";
  error.bucket = "b";
  error.region = "garage";
  error.xml_extra = {{"Extra", "1<2"}};
  EXPECT_EQ(
      render_error(error, {"/b/<k>", "ID", "HOST"}),
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>&lt;script&gt;&amp;</Key>"
      "<BucketName>b</BucketName><Extra>1&lt;2</Extra><Resource>/b/&lt;k&gt;</Resource><Region>garage</Region>"
      "<RequestId>ID</RequestId><HostId>HOST</HostId></Error>");
}

TEST(ApiError, TheBodyIsXmlWhateverTheClientSent) {
  ApiError error = make_error(ErrorCode::kSignatureDoesNotMatch);
  error.xml_extra.emplace_back("CanonicalRequest", "GET\nx-amz-meta-a:caf\xe9\n");
  const std::string body = render_error(error, {"/b/\xe9", "ID", "HOST"});
  const auto parsed = codec::parse_xml(body, {});
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->text_of("CanonicalRequest"), "GET\nx-amz-meta-a:caf\uFFFD\n");
  EXPECT_EQ(parsed->text_of("Resource"), "/b/\uFFFD");
}

ApiResult<int> api_step(bool good) {
  if (good) return 1;
  return api_fail(ErrorCode::kNoSuchBucket);
}
Result<int> layer_step(bool good) {
  if (good) return 2;
  return fail(ErrorKind::kOverloaded, "full");
}
ApiResult<int> both(bool api_good, bool layer_good) {
  API_TRY(const int a, api_step(api_good));
  API_TRY(const int b, layer_step(layer_good));
  API_CHECK_OK(layer_step(true));
  return a + b;
}
Task<ApiResult<int>> both_later(bool api_good, bool layer_good) {
  CO_API_TRY(const int a, api_step(api_good));
  CO_API_TRY(const int b, layer_step(layer_good));
  CO_API_CHECK_OK(api_step(true));
  co_return a + b;
}

TEST(ApiError, MacrosPassBothKindsOn) {
  EXPECT_EQ(both(true, true), 3);
  EXPECT_EQ(both(false, true).error().code, ErrorCode::kNoSuchBucket);
  EXPECT_EQ(both(true, false).error().code, ErrorCode::kSlowDown);
  runtime::ManualLoop loop;
  EXPECT_EQ(loop.run_until_done(both_later(true, true)), 3);
  EXPECT_EQ(loop.run_until_done(both_later(false, true)).error().code, ErrorCode::kNoSuchBucket);
  EXPECT_EQ(loop.run_until_done(both_later(true, false)).error().code, ErrorCode::kSlowDown);
}

class FixedRandom : public runtime::Random {
 public:
  void fill(std::span<unsigned char> out) override {
    for (auto& byte : out) byte = 0xAB;
  }
};

TEST(RequestId, IsSixteenDigits) {
  FixedRandom random;
  EXPECT_EQ(RequestId(random).view(), "BABABABABABABABA");
}

}  // namespace
}  // namespace garage::api
