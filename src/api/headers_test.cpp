// The small headers: Range, Content-Encoding, and the lines of the access log.
#include <gtest/gtest.h>

#include "api/access_log.hpp"
#include "api/content_encoding.hpp"
#include "api/range.hpp"
#include "api/testing/test_request.hpp"

namespace garage::api {
namespace {

using testing::TestRequest;

std::string range(std::optional<std::string> header, uint64_t size) {
  const auto resolved = resolve_range(header ? std::optional<std::string_view>(*header) : std::nullopt, size);
  if (!resolved) {
    EXPECT_EQ(resolved.error().code, ErrorCode::kInvalidRange);
    return resolved.error().headers.at(0).second;
  }
  return *resolved ? content_range(**resolved, size) : "whole";
}

TEST(Range, IsResolved) {
  EXPECT_EQ(range({}, 10), "whole");
  EXPECT_EQ(range("bytes=0-4", 10), "bytes 0-4/10");
  EXPECT_EQ(range("bytes=4-", 10), "bytes 4-9/10");
  EXPECT_EQ(range("bytes=-3", 10), "bytes 7-9/10");
  EXPECT_EQ(range("bytes=-30", 10), "bytes 0-9/10");
  EXPECT_EQ(range("bytes=9-99999999999999999999999999", 10), "bytes 9-9/10");
  EXPECT_EQ(range("Bytes=0-0", 10), "bytes 0-0/10");
}

TEST(Range, BeyondTheEnd) {
  EXPECT_EQ(range("bytes=10-", 10), "bytes */10");
  EXPECT_EQ(range("bytes=10-20", 10), "bytes */10");
  EXPECT_EQ(range("bytes=99999999999999999999999999-", 10), "bytes */10");
  EXPECT_EQ(range("bytes=-0", 10), "bytes */10");
  EXPECT_EQ(range("bytes=0-", 0), "bytes */0");
  EXPECT_EQ(range("bytes=-1", 0), "bytes */0");
}

TEST(Range, WhatIsNoRangeIsIgnored) {
  for (const char* header : {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-4", "bytes=1-2,4-5", "lines=1-2",
                             "bytes=1-2x", "bytes=+1-2", "bytes=--1", "1-2"}) {
    EXPECT_EQ(range(header, 10), "whole") << header;
  }
}

TEST(Range, OfACopySource) {
  EXPECT_EQ(*resolve_copy_range("bytes=0-9", 10), (ByteRange{0, 10}));
  EXPECT_EQ(*resolve_copy_range("bytes=9-9", 10), (ByteRange{9, 1}));
  EXPECT_EQ(resolve_copy_range("bytes=0-10", 10).error().code, ErrorCode::kInvalidRange);
  EXPECT_EQ(resolve_copy_range("bytes=0-0", 0).error().code, ErrorCode::kInvalidRange);
  for (const char* header : {"0-2", "bytes=0", "bytes=hello-world", "bytes=0-bar", "bytes=hello-", "bytes=0-2,3-5",
                             "bytes=-5", "bytes=5-", "bytes=3-2", ""}) {
    EXPECT_EQ(resolve_copy_range(header, 10).error().code, ErrorCode::kInvalidArgument) << header;
  }
}

TEST(ContentEncoding, IsStoredWithoutAwsChunked) {
  const auto stored = [](std::vector<std::string> values) {
    TestRequest request("PUT", "/b/k");
    for (const auto& value : values) request.header("content-encoding", value);
    return stored_content_encoding(EffectiveHeaders(request.get().headers));
  };
  EXPECT_EQ(stored({}), std::nullopt);
  EXPECT_EQ(stored({""}), std::nullopt);
  EXPECT_EQ(stored({"aws-chunked"}), std::nullopt);
  EXPECT_EQ(stored({"aws-chunked, aws-chunked"}), std::nullopt);
  EXPECT_EQ(stored({"gzip, aws-chunked"}), "gzip");
  EXPECT_EQ(stored({"aws-chunked,gzip"}), "gzip");
  EXPECT_EQ(stored({"deflate, gzip"}), "deflate, gzip");
  EXPECT_EQ(stored({"AWS-Chunked", "gzip"}), "gzip");
  EXPECT_EQ(stored({"deflate, aws-chunked, gzip"}), "deflate, gzip");
}

TEST(AccessLog, Lines) {
  AccessLogEntry entry{.client = "10.0.0.1:55", .key_id = "GK1", .method = "GET", .target = "/b/k?versionId=1"};
  EXPECT_EQ(access_line(entry), "10.0.0.1:55 (key GK1) GET /b/k?versionId=1");
  EXPECT_EQ(error_line(entry, 404, "no such key"),
            "error 404, no such key in response to 10.0.0.1:55 (key GK1) GET /b/k?versionId=1");
  entry.key_id = {};
  EXPECT_EQ(access_line(entry), "10.0.0.1:55 GET /b/k?versionId=1");
}

TEST(AccessLog, NoUsableSignatureAndNoSecondLine) {
  const AccessLogEntry presigned{.client = "c",
                                 .key_id = "",
                                 .method = "GET",
                                 .target = "/b/k?X-Amz-Signature=abcd&x=1&Signature=q%3D&X-Amz-Security-Token=t"};
  EXPECT_EQ(access_line(presigned), "c GET /b/k?X-Amz-Signature=***&x=1&Signature=***&X-Amz-Security-Token=***");
  const AccessLogEntry escaped{
      .client = "c", .key_id = "", .method = "GET", .target = "/b/k?X-Amz-Signatur%65=abc&%53ignature=d&a%zz=1"};
  EXPECT_EQ(access_line(escaped), "c GET /b/k?X-Amz-Signatur%65=***&%53ignature=***&a%zz=1");
  const AccessLogEntry forged{.client = "c", .key_id = "a\nb", .method = "GET", .target = "/"};
  EXPECT_EQ(access_line(forged), "c (key a b) GET /");
}

TEST(AccessLog, Clients) {
  EXPECT_EQ(client_text("10.0.0.1:55", ""), "10.0.0.1:55");
  EXPECT_EQ(client_text("10.0.0.1:55", "192.0.2.7"), "192.0.2.7 (via 10.0.0.1:55)");
  EXPECT_EQ(client_text("10.0.0.1:55", "2001:db8::1"), "2001:db8::1 (via 10.0.0.1:55)");
  EXPECT_EQ(client_text("10.0.0.1:55", "192.0.2.7, 192.0.2.8"), "10.0.0.1:55");
  EXPECT_EQ(client_text("10.0.0.1:55", "evil) GET /"), "10.0.0.1:55");
}

}  // namespace
}  // namespace garage::api
