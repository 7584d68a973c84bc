// Multipart uploads and the objects that they become, as clients see them: parts by number, checksums, attributes.
#include "codec/base64.hpp"
#include "s3/testing/front.hpp"

namespace garage::s3 {
namespace {

using namespace testing;

// Of "123456789".
const std::string kDigits = "123456789";
const std::string kDigitsCrc32 = codec::to_base64(std::string_view("\xcb\xf4\x39\x26", 4));
const std::string kDigitsCrc64 = codec::to_base64(std::string_view("\xae\x8b\x14\x86\x0a\x79\x98\x88", 8));

struct MultipartTest : Front {
  std::string begin(const std::string& key = "key") {
    return ask("POST", "/box/" + key + "?uploads").element("UploadId");
  }
  Seen part(const std::string& upload, int number, const std::string& bytes, const Fields& fields = {}) {
    return ask("PUT", "/box/key?partNumber=" + std::to_string(number) + "&uploadId=" + upload, bytes, fields);
  }
  // `listed`: XML.
  Seen complete(const std::string& upload, const std::string& listed, const Fields& fields = {}) {
    return ask("POST", "/box/key?uploadId=" + upload,
               "<CompleteMultipartUpload>" + listed + "</CompleteMultipartUpload>", fields);
  }
  static std::string listed(int number, const Seen& part, const std::string& more = "") {
    return "<Part><PartNumber>" + std::to_string(number) + "</PartNumber><ETag>" + part.header("etag") + "</ETag>" +
           more + "</Part>";
  }
  void store(const std::vector<std::string>& parts) {
    const std::string upload = begin();
    std::string list;
    for (size_t i = 0; i < parts.size(); ++i) {
      const int number = static_cast<int>(i) + 1;
      list += listed(number, part(upload, number, parts[i]));
    }
    ASSERT_EQ(complete(upload, list).status, 200);
  }
};

// The upload's own checksum is CRC64NVME then; what the client had verified with a part is another one.
TEST_F(MultipartTest, PartsWithAChecksumThatTheUploadDoesNotHave) {
  const std::string upload = begin();
  const auto sent = part(upload, 1, kDigits, {{"x-amz-checksum-crc32", kDigitsCrc32}});
  ASSERT_EQ(sent.status, 200);
  EXPECT_EQ(sent.header("x-amz-checksum-crc32"), kDigitsCrc32);
  EXPECT_EQ(sent.header("x-amz-checksum-crc64nvme"), "-");
  EXPECT_EQ(part(upload, 1, "other", {{"x-amz-checksum-crc32", kDigitsCrc32}}).element("Code"), "BadDigest");

  const auto with = [](const std::string& name, const std::string& value) {
    return "<Checksum" + name + ">" + value + "</Checksum" + name + ">";
  };
  const std::string wrong64 = codec::to_base64(std::string(8, 'x'));
  EXPECT_EQ(complete(upload, listed(1, sent, with("CRC64NVME", wrong64))).element("Code"), "InvalidPart");
  EXPECT_EQ(complete(upload, listed(1, sent), {{"x-amz-checksum-crc64nvme", wrong64}}).element("Code"), "BadDigest");
  EXPECT_EQ(complete(upload, listed(1, sent), {{"x-amz-checksum-crc32", kDigitsCrc32}}).element("Code"),
            "InvalidRequest")
      << "cannot be told, and is not wrong";
  const auto done =
      complete(upload, listed(1, sent, with("CRC32", kDigitsCrc32)), {{"x-amz-checksum-crc64nvme", kDigitsCrc64}});
  EXPECT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(done.element("ChecksumCRC64NVME"), kDigitsCrc64);
}

TEST_F(MultipartTest, PartsOfAnUploadThatNamesItsChecksum) {
  const std::string upload =
      ask("POST", "/box/key?uploads", "", {{"x-amz-checksum-algorithm", "CRC32"}}).element("UploadId");
  EXPECT_EQ(part(upload, 1, kDigits, {{"x-amz-checksum-crc64nvme", kDigitsCrc64}}).element("Code"), "InvalidRequest");
  const auto sent = part(upload, 1, kDigits);
  EXPECT_EQ(sent.header("x-amz-checksum-crc32"), kDigitsCrc32) << "computed here, where the client says nothing";
  const auto refused = complete(upload, listed(1, sent, "<ChecksumCRC64NVME>" + kDigitsCrc64 + "</ChecksumCRC64NVME>"));
  EXPECT_EQ(refused.element("Code"), "InvalidPart");
  EXPECT_EQ(complete(upload, listed(1, sent, "<ChecksumCRC32>" + kDigitsCrc32 + "</ChecksumCRC32>")).status, 200);
}

}  // namespace
}  // namespace garage::s3
