#include "api/checksums.hpp"

#include <gtest/gtest.h>

#include "api/testing/test_request.hpp"

namespace garage::api {
namespace {

using testing::TestRequest;
using Fields = std::vector<std::pair<std::string, std::string>>;

ApiResult<ChecksumRequest> parse(const Fields& fields, PayloadMode mode = PayloadMode::kUnsigned) {
  TestRequest request("PUT", "/b/k");
  for (const auto& [name, value] : fields) request.header(name, value);
  return parse_checksum_request({.principal = Principal::anonymous(),
                                 .presigned = false,
                                 .payload = mode,
                                 .content_sha256 = {},
                                 .chunk_signing = nullptr,
                                 .headers = EffectiveHeaders(request.get().headers)});
}
ErrorCode refusal(const Fields& fields, PayloadMode mode = PayloadMode::kUnsigned) {
  const auto parsed = parse(fields, mode);
  EXPECT_FALSE(parsed.has_value());
  return parsed ? ErrorCode::kInternalError : parsed.error().code;
}

TEST(Checksums, NothingIsPromised) {
  const auto parsed = parse({{"x-amz-checksum-mode", "ENABLED"}, {"x-amz-checksum-type", "FULL_OBJECT"}});
  ASSERT_TRUE(parsed.has_value());
  EXPECT_FALSE(parsed->algorithm || parsed->expected || parsed->md5 || parsed->sha256 || parsed->from_trailer);
}

TEST(Checksums, EveryAlgorithmHasItsHeader) {
  const std::tuple<const char*, const char*, ChecksumAlgorithm> headers[] = {
      {"x-amz-checksum-crc32", "JRTCyQ==", ChecksumAlgorithm::kCrc32},
      {"x-amz-checksum-crc32c", "MDaLrw==", ChecksumAlgorithm::kCrc32c},
      {"x-amz-checksum-crc64nvme", "L/E4WYn8v98=", ChecksumAlgorithm::kCrc64nvme},
      {"x-amz-checksum-sha1", "iIaTCGbm+vdVjNqIMF2S0T7ibMk=", ChecksumAlgorithm::kSha1},
      {"x-amz-checksum-sha256", "275VF5loJr1YYawit0XSHREhkFXYkkPKGuoK0x9VKxI=", ChecksumAlgorithm::kSha256},
  };
  for (const auto& [name, value, algorithm] : headers) {
    const auto parsed = parse({{name, value}});
    ASSERT_TRUE(parsed.has_value()) << name;
    EXPECT_EQ(parsed->algorithm, algorithm);
    EXPECT_EQ(parsed->expected->size(), checksum_bytes(algorithm));
    EXPECT_EQ(render_checksum(*parsed->expected), value);
    EXPECT_EQ(checksum_header(algorithm), name);
    EXPECT_EQ(*parse_checksum_algorithm(checksum_name(algorithm)), algorithm);
    for (const char* bad : {"bad", "", "AAAA", "JRTCyQ", "JRTCyQ==x"}) {
      EXPECT_EQ(refusal({{name, bad}}), ErrorCode::kBadDigest) << name << " " << bad;
    }
  }
  EXPECT_EQ(checksum_xml_name(ChecksumAlgorithm::kCrc64nvme), "ChecksumCRC64NVME");
}

TEST(Checksums, OnlyOneIsAllowed) {
  using enum ErrorCode;
  EXPECT_EQ(refusal({{"x-amz-checksum-crc32", "JRTCyQ=="}, {"x-amz-checksum-crc32c", "MDaLrw=="}}), kInvalidRequest);
  EXPECT_EQ(refusal({{"x-amz-checksum-crc32", "JRTCyQ=="}, {"x-amz-checksum-crc32", "JRTCyQ=="}}), kInvalidRequest);
  EXPECT_EQ(refusal({{"x-amz-checksum-md5", "JRTCyQ=="}}), kInvalidRequest);
}

TEST(Checksums, TheAnnouncedAlgorithmMustBeThere) {
  using enum ErrorCode;
  EXPECT_EQ(refusal({{"x-amz-sdk-checksum-algorithm", "CRC32"}}), kInvalidRequest);
  EXPECT_EQ(refusal({{"x-amz-sdk-checksum-algorithm", "CRC16"}}), kInvalidRequest);
  EXPECT_EQ(refusal({{"x-amz-sdk-checksum-algorithm", "SHA1"}, {"x-amz-checksum-crc32", "JRTCyQ=="}}), kInvalidRequest);
  EXPECT_TRUE(parse({{"x-amz-sdk-checksum-algorithm", "crc32"}, {"x-amz-checksum-crc32", "JRTCyQ=="}}).has_value());
}

TEST(Checksums, FromATrailer) {
  using enum ErrorCode;
  const auto mode = PayloadMode::kStreamingUnsignedTrailer;
  const auto parsed =
      parse({{"x-amz-trailer", "X-Amz-Checksum-Crc32"}, {"x-amz-sdk-checksum-algorithm", "CRC32"}}, mode);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_TRUE(parsed->from_trailer);
  EXPECT_EQ(parsed->algorithm, ChecksumAlgorithm::kCrc32);
  EXPECT_FALSE(parsed->expected.has_value());

  Trailers trailers;
  EXPECT_EQ(expected_checksum(*parsed, trailers).error().code, kMalformedTrailerError);
  trailers.add("x-amz-checksum-crc32", "JRTCyQ==");
  EXPECT_EQ(**expected_checksum(*parsed, trailers), std::string("\x25\x14\xC2\xC9", 4));
  Trailers bad;
  bad.add("x-amz-checksum-crc32", "bad");
  EXPECT_EQ(expected_checksum(*parsed, bad).error().code, kBadDigest);

  EXPECT_EQ(refusal({{"x-amz-trailer", "x-amz-checksum-crc32"}}), kInvalidRequest);
  EXPECT_EQ(refusal({{"x-amz-trailer", "x-amz-checksum-crc32"}}, PayloadMode::kStreamingSigned), kInvalidRequest);
  EXPECT_EQ(refusal({{"x-amz-trailer", "x-amz-meta-a"}}, mode), kInvalidRequest);
  EXPECT_EQ(refusal({{"x-amz-trailer", "x-amz-checksum-crc32, x-amz-checksum-sha1"}}, mode), kInvalidRequest);
  EXPECT_EQ(refusal({{"x-amz-trailer", "x-amz-checksum-crc32"}, {"x-amz-checksum-crc32", "JRTCyQ=="}}, mode),
            kInvalidRequest);
}

TEST(Checksums, ContentMd5) {
  const auto parsed = parse({{"content-md5", "N7UdGUp1E+RbVvZSTy1R8g=="}});
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(*parsed->md5, crypto::md5("bar"));
  for (const char* bad : {"", "YWJyYWNhZGFicmE=", "not base64", "N7UdGUp1E+RbVvZSTy1R8g"}) {
    EXPECT_EQ(refusal({{"content-md5", bad}}), ErrorCode::kInvalidDigest) << bad;
  }
  EXPECT_EQ(refusal({{"content-md5", "N7UdGUp1E+RbVvZSTy1R8g=="}, {"content-md5", "N7UdGUp1E+RbVvZSTy1R8g=="}}),
            ErrorCode::kInvalidDigest);
}

TEST(Checksums, Types) {
  EXPECT_EQ(*parse_checksum_type("FULL_OBJECT"), ChecksumType::kFullObject);
  EXPECT_EQ(*parse_checksum_type("COMPOSITE"), ChecksumType::kComposite);
  EXPECT_EQ(parse_checksum_type("x").error().code, ErrorCode::kInvalidRequest);
}

}  // namespace
}  // namespace garage::api
