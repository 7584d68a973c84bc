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

TEST_F(MultipartTest, ACopyHasOnePart) {
  const std::string a(5000, 'a'), b(5000, 'b');
  store({a, b, "c"});
  EXPECT_EQ(ask("GET", "/box/key?partNumber=2").header("x-amz-mp-parts-count"), "3");
  ASSERT_EQ(ask("PUT", "/box/copy", "", {{"x-amz-copy-source", "/box/key"}}).status, 200);
  const auto first = ask("GET", "/box/copy?partNumber=1");
  EXPECT_EQ(first.body, a + b + "c");
  EXPECT_EQ(first.header("x-amz-mp-parts-count"), "-") << "who is told of three asks for the second";
  EXPECT_EQ(ask("GET", "/box/copy?partNumber=2").element("Code"), "InvalidPart");
}

TEST_F(MultipartTest, AnEmptyPartHasNoRange) {
  const std::string a(5000, 'a');
  store({a, ""});
  const auto first = ask("GET", "/box/key?partNumber=1"), last = ask("GET", "/box/key?partNumber=2");
  EXPECT_EQ(first.status, 206);
  EXPECT_EQ(first.header("content-range"), "bytes 0-4999/5000");
  EXPECT_EQ(last.status, 200);
  EXPECT_EQ(last.header("content-range"), "-");
  EXPECT_EQ(last.header("x-amz-mp-parts-count"), "2");
  EXPECT_EQ(last.body, "");
  EXPECT_EQ(ask("HEAD", "/box/key?partNumber=2").response.entity_length, 0u);
}

TEST_F(MultipartTest, AttributesInPages) {
  store({std::string(5000, 'a'), std::string(5000, 'b'), "c"});
  const auto page = [&](const std::string& parts_max) {
    return ask("GET", "/box/key?attributes", "",
               {{"x-amz-object-attributes", "ObjectParts"}, {"x-amz-max-parts", parts_max}});
  };
  EXPECT_EQ(page("2").element("IsTruncated"), "true");
  EXPECT_EQ(page("2").element("NextPartNumberMarker"), "2");
  EXPECT_EQ(page("3").element("IsTruncated"), "false");
  EXPECT_EQ(page("0").element("IsTruncated"), "false") << "who goes on from there never ends";
}

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

// More than sixteen parts are listed in pages beside the row, which go with it.
// What is not checked must not look as if it had been.
TEST_F(MultipartTest, AChecksumThatIsNotKnownIsRefusedWhereTheUploadEnds) {
  const std::string upload = begin();
  const auto seen = part(upload, 1, kDigits);
  const std::string list = listed(1, seen);
  for (const char* name : {"sha512", "md5", "xxhash64"}) {
    EXPECT_EQ(complete(upload, list, {{std::string("x-amz-checksum-") + name, "AAAA"}}).element("Code"),
              "InvalidRequest");
  }
  EXPECT_EQ(complete(upload, listed(1, seen, "<ChecksumSHA512>AAAA</ChecksumSHA512>")).element("Code"),
            "InvalidRequest");
  EXPECT_EQ(complete(upload, list, {{"x-amz-checksum-type", "COMPOSITE"}}).element("Code"), "InvalidRequest");
  EXPECT_EQ(complete(upload, list, {{"x-amz-checksum-type", "NONE"}}).element("Code"), "InvalidRequest");
  EXPECT_EQ(ask("GET", "/box/key").status, 404);
  const std::string more = "<ChecksumSHA512/><ChecksumType>FULL_OBJECT</ChecksumType>";
  EXPECT_EQ(complete(upload, listed(1, seen, more), {{"x-amz-checksum-type", "FULL_OBJECT"}}).status, 200);

  const Fields fields{{"x-amz-checksum-algorithm", "CRC32"}};
  const std::string composite = ask("POST", "/box/key?uploads", "", fields).element("UploadId");
  const std::string again = listed(1, part(composite, 1, kDigits));
  EXPECT_EQ(complete(composite, again, {{"x-amz-checksum-type", "FULL_OBJECT"}}).element("Code"), "InvalidRequest");
  EXPECT_EQ(complete(composite, again, {{"x-amz-checksum-type", "COMPOSITE"}}).status, 200);
}

struct ReplacedTest : MultipartTest {
  using Rows = std::vector<std::pair<std::string, std::string>>;
  Rows rows(kv::Family family) {
    Rows out;
    auto iterator = machine.store.iterate(family, {});
    for (iterator->seek(""); iterator->valid(); iterator->next()) out.emplace_back(iterator->key(), iterator->value());
    return out;
  }
  static void put(kv::Batch& batch, kv::Family family, const Rows& rows) {
    for (const auto& [key, value] : rows) batch.put(family, key, value);
  }
};

TEST_F(ReplacedTest, AnObjectThatIsReplacedWhileItsPartsAreLookedUp) {
  store(std::vector<std::string>(17, std::string(5000, 'a')));
  const Rows old_object = rows(kv::Family::kObject), old_pages = rows(kv::Family::kManifest);
  store(std::vector<std::string>(17, std::string(5000, 'b')));
  const Rows new_object = rows(kv::Family::kObject);
  ASSERT_EQ(old_pages.size(), 1u);
  const auto replace = [&] {
    kv::Batch batch;
    put(batch, kv::Family::kObject, new_object);
    for (const auto& page : old_pages) batch.remove(kv::Family::kManifest, page.first);
    ASSERT_TRUE(machine.store.write(batch, kv::Durability::kSynced));
  };
  machine.store.set_cold(true);
  for (int reads_before = 0; reads_before < 3; ++reads_before) {
    for (const bool attributes : {false, true}) {
      kv::Batch batch;
      put(batch, kv::Family::kObject, old_object);
      put(batch, kv::Family::kManifest, old_pages);
      ASSERT_TRUE(machine.store.write(batch, kv::Durability::kSynced));
      TestRequest request(attributes ? "GET" : "HEAD", attributes ? "/box/key?attributes" : "/box/key?partNumber=17");
      owner.sign(request.header("host", "127.0.0.1").header("x-amz-object-attributes", "ObjectParts"));
      std::optional<http::Response> answer;
      node.pool.hold_back();
      node.node.start(service.handle(request), answer);
      for (int i = 0; i < reads_before && node.pool.step(); ++i) node.node.loop.run();
      replace();
      while (!answer) {
        node.pool.go_on();
        node.node.loop.run();
      }
      EXPECT_EQ(answer->status, attributes ? 200 : 206) << reads_before;
    }
  }
}

}  // namespace
}  // namespace garage::s3
