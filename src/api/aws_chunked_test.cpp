#include "api/aws_chunked.hpp"

#include <gtest/gtest.h>

#include "api/testing/request_signer.hpp"
#include "runtime/manual_loop.hpp"

namespace garage::api {
namespace {

using testing::MemoryKeys;
using testing::RequestSigner;
using testing::StringBody;
using testing::TestRequest;

struct Decoded {
  std::string content;
  Trailers trailers;
};

// Everything that a body gives, or the error it ends with.
ApiResult<Decoded> read_all(BodySource& source, size_t step = 1000) {
  runtime::ManualLoop loop;
  Decoded out;
  std::string piece(step, '\0');
  for (;;) {
    auto bytes = loop.run_until_done(source.read(std::span(piece)));
    if (!bytes) return std::unexpected(bytes.error());
    if (*bytes == 0) break;
    out.content.append(piece, 0, *bytes);
  }
  for (const auto& [name, value] : source.trailers()) out.trailers.add(name, value);
  return out;
}

class AwsChunked : public ::testing::Test {
 protected:
  AwsChunkedOptions options(PayloadMode mode, const std::string& seed, uint64_t length,
                            std::vector<std::string> trailers = {}) {
    AwsChunkedOptions out{
        .mode = mode, .signing = nullptr, .decoded_length = length, .trailer_names = std::move(trailers)};
    if (mode != PayloadMode::kStreamingUnsignedTrailer) {
      out.signing = std::make_shared<const ChunkSigning>(
          ChunkSigning{SigningKey::derive(Secret(signer_.secret), signer_.date(), signer_.region, "s3"),
                       signer_.timestamp, signer_.scope(), seed});
    }
    return out;
  }
  ApiResult<Decoded> decode(const std::string& body, AwsChunkedOptions chosen, size_t input_step = SIZE_MAX,
                            size_t output_step = 1000) {
    StringBody bytes(body, input_step);
    return read_all(*make_aws_chunked_source(bytes, std::move(chosen)), output_step);
  }
  ApiResult<Decoded> decode_signed(const std::string& body, uint64_t length) {
    return decode(body, options(PayloadMode::kStreamingSigned, kSeed, length));
  }
  ApiResult<Decoded> decode_unsigned(const std::string& body, uint64_t length, std::vector<std::string> trailers = {}) {
    return decode(body, options(PayloadMode::kStreamingUnsignedTrailer, "", length, std::move(trailers)));
  }
  ApiResult<Decoded> decode_trailer(const std::string& body, uint64_t length, std::vector<std::string> trailers) {
    return decode(body, options(PayloadMode::kStreamingSignedTrailer, kSeed, length, std::move(trailers)));
  }
  static ErrorCode code(const ApiResult<Decoded>& result) {
    EXPECT_FALSE(result.has_value());
    return result ? ErrorCode::kInternalError : result.error().code;
  }

  const std::string kSeed = std::string(64, 'a');
  RequestSigner signer_;
};

// The documented example, from the request's signature to the last chunk's.
TEST_F(AwsChunked, KnownAnswers) {
  const std::string data(66560, 'a');
  const std::string crlf = "\r\n";
  const std::string body = "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648" +
                           crlf + data.substr(0, 65536) + crlf +
                           "400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497" +
                           crlf + data.substr(0, 1024) + crlf +
                           "0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9" + crlf +
                           crlf;
  ASSERT_EQ(body.size(), 66824u);

  TestRequest request("PUT", "/examplebucket/chunkObject.txt");
  request.header("host", "s3.amazonaws.com")
      .header("content-encoding", "aws-chunked")
      .header("content-length", "66824")
      .header("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
      .header("x-amz-date", "20130524T000000Z")
      .header("x-amz-decoded-content-length", "66560")
      .header("x-amz-storage-class", "REDUCED_REDUNDANCY")
      .header(
          "authorization",
          "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=content-"
          "encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-"
          "class,Signature=4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9")
      .body(body, 5000);
  MemoryKeys keys;
  keys.add(signer_.key_id, signer_.secret);
  SigningKeyCache cache;
  const auto uri = parse_uri(request.get());
  const auto who =
      authenticate(request, *uri, {.keys = keys, .signing_keys = cache, .region = "us-east-1", .now = {1369353600000}});
  ASSERT_TRUE(who.has_value()) << who.error().text();
  auto source = make_body_source(request, *who);
  ASSERT_TRUE(source.has_value());
  EXPECT_EQ((*source)->length(), 66560u);
  const auto decoded = read_all(**source);
  ASSERT_TRUE(decoded.has_value()) << decoded.error().text();
  EXPECT_TRUE(decoded->content == data);
}

TEST_F(AwsChunked, KnownAnswersWithATrailer) {
  const std::string data(66560, 'a');
  const std::string crlf = "\r\n";
  // The client puts a line feed of its own behind the value.
  const std::string body = "10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2" +
                           crlf + data.substr(0, 65536) + crlf +
                           "400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7" +
                           crlf + data.substr(0, 1024) + crlf +
                           "0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992" + crlf +
                           "x-amz-checksum-crc32c:sOO8/Q==\n" + crlf +
                           "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435" +
                           crlf + crlf;
  TestRequest request("PUT", "/examplebucket/chunkObject.txt");
  request.header("host", "s3.amazonaws.com")
      .header("content-encoding", "aws-chunked")
      .header("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER")
      .header("x-amz-date", "20130524T000000Z")
      .header("x-amz-decoded-content-length", "66560")
      .header("x-amz-storage-class", "REDUCED_REDUNDANCY")
      .header("x-amz-trailer", "x-amz-checksum-crc32c")
      .header(
          "authorization",
          "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=content-"
          "encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-"
          "trailer,"
          "Signature=106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e")
      .body(body);
  MemoryKeys keys;
  keys.add(signer_.key_id, signer_.secret);
  SigningKeyCache cache;
  const auto uri = parse_uri(request.get());
  const auto who =
      authenticate(request, *uri, {.keys = keys, .signing_keys = cache, .region = "us-east-1", .now = {1369353600000}});
  ASSERT_TRUE(who.has_value()) << who.error().text();
  auto source = make_body_source(request, *who);
  ASSERT_TRUE(source.has_value());
  EXPECT_EQ((*source)->trailers().size(), 0u);
  const auto decoded = read_all(**source);
  ASSERT_TRUE(decoded.has_value()) << decoded.error().text();
  EXPECT_TRUE(decoded->content == data);
  EXPECT_EQ(decoded->trailers.get("x-amz-checksum-crc32c"), "sOO8/Q==");
}

TEST_F(AwsChunked, HoweverTheBytesAreCutTheContentIsTheSame) {
  const std::vector<std::string> chunks = {"first chunk", std::string(20'000, 'x'), "z"};
  const std::string content = chunks[0] + chunks[1] + chunks[2];
  const std::vector<std::pair<std::string, std::string>> trailers = {{"x-amz-checksum-crc32", "AAAAAA=="}};
  for (const size_t input_step : {1, 2, 3, 7, 64, 4096, 100'000}) {
    for (const size_t output_step : {1, 10, 5000, 100'000}) {
      if (input_step * output_step < 10 && input_step != 1) continue;
      const auto check = [&](PayloadMode mode, const std::string& body, std::vector<std::string> names) {
        const auto decoded =
            decode(body, options(mode, kSeed, content.size(), std::move(names)), input_step, output_step);
        ASSERT_TRUE(decoded.has_value()) << decoded.error().text();
        EXPECT_TRUE(decoded->content == content);
      };
      check(PayloadMode::kStreamingSigned, signer_.chunked_body(chunks, kSeed), {});
      check(PayloadMode::kStreamingSignedTrailer, signer_.chunked_body(chunks, kSeed, trailers),
            {"x-amz-checksum-crc32"});
      check(PayloadMode::kStreamingUnsignedTrailer, signer_.chunked_body(chunks, "", trailers),
            {"x-amz-checksum-crc32"});
    }
  }
}

TEST_F(AwsChunked, EmptyContent) {
  EXPECT_EQ(decode_signed(signer_.chunked_body({}, kSeed), 0)->content, "");
  EXPECT_EQ(decode_unsigned(signer_.chunked_body({}, ""), 0)->content, "");
}

TEST_F(AwsChunked, UnsignedContentNeedsNoTrailer) {
  EXPECT_EQ(decode_unsigned("3\r\nabc\r\n0\r\n\r\n", 3)->content, "abc");
  EXPECT_EQ(decode_unsigned("0A\r\n0123456789\r\n0\r\n\r\n", 10)->content, "0123456789");
}

// Property: no byte of a signed body can be changed without being noticed.
TEST_F(AwsChunked, NoByteOfASignedBodyCanBeChanged) {
  const std::vector<std::pair<std::string, std::string>> trailers = {{"x-amz-checksum-crc32", "AAAAAA=="}};
  const std::string body = signer_.chunked_body({"hello", "world!"}, kSeed, trailers);
  for (size_t i = 0; i < body.size(); ++i) {
    for (const int flip : {1, 2, 8, 32, 64}) {
      std::string changed = body;
      changed[i] = static_cast<char>(changed[i] ^ flip);
      const auto decoded = decode_trailer(changed, 11, {"x-amz-checksum-crc32"});
      // Letters of signatures and names have no case, and a blank around a value no meaning.
      const bool same_meaning = flip == 32 && std::isalpha(static_cast<unsigned char>(body[i]));
      if (!same_meaning) EXPECT_FALSE(decoded.has_value()) << i << ": " << changed;
    }
  }
}

TEST_F(AwsChunked, ABadSignatureIsNoticedAtTheEndOfItsChunk) {
  std::string body = signer_.chunked_body({"good", "evil", "more"}, kSeed);
  body.replace(body.find("evil"), 4, "EVIL");
  StringBody bytes(body);
  const auto source = make_aws_chunked_source(bytes, options(PayloadMode::kStreamingSigned, kSeed, 12));
  runtime::ManualLoop loop;
  std::string seen(100, '\0');
  ApiResult<size_t> got = size_t{0};
  while ((got = loop.run_until_done(source->read(std::span(seen))))) {
    ASSERT_GT(*got, 0u) << "such a body never ends well";
    EXPECT_EQ(seen.find("more"), seen.npos) << "nothing behind the chunk is given";
  }
  EXPECT_EQ(got.error().code, ErrorCode::kSignatureDoesNotMatch);
  // The error stays.
  EXPECT_FALSE(loop.run_until_done(source->read(std::span(seen))).has_value());
}

TEST_F(AwsChunked, SignaturesAreChained) {
  // Each chunk is rightly signed, but they were exchanged, left out, or belong to another request.
  const std::string body = signer_.chunked_body({"aaaa", "bbbb"}, kSeed);
  const size_t second = body.find("4;", 1), third = body.find("0;");
  const std::string exchanged = body.substr(second, third - second) + body.substr(0, second) + body.substr(third);
  EXPECT_EQ(code(decode_signed(exchanged, 8)), ErrorCode::kSignatureDoesNotMatch);
  EXPECT_EQ(code(decode_signed(body.substr(0, second) + body.substr(third), 4)), ErrorCode::kSignatureDoesNotMatch);
  EXPECT_EQ(code(decode_signed(signer_.chunked_body({"aaaa"}, std::string(64, 'b')), 4)),
            ErrorCode::kSignatureDoesNotMatch);
}

TEST_F(AwsChunked, DecodedLengthMustBeExact) {
  for (const uint64_t length : {0, 4, 6, 100}) {
    EXPECT_EQ(code(decode_signed(signer_.chunked_body({"hello"}, kSeed), length)), ErrorCode::kIncompleteBody)
        << length;
    EXPECT_EQ(code(decode_unsigned(signer_.chunked_body({"hello"}, ""), length)), ErrorCode::kIncompleteBody) << length;
  }
}

TEST_F(AwsChunked, ATruncatedBodyIsIncomplete) {
  const std::string body = signer_.chunked_body({"hello", "world"}, kSeed);
  for (size_t size = 0; size < body.size(); ++size) {
    EXPECT_EQ(code(decode_signed(body.substr(0, size), 10)), ErrorCode::kIncompleteBody) << size;
  }
  EXPECT_EQ(code(decode_signed(body + "x", 10)), ErrorCode::kIncompleteBody);
}

TEST_F(AwsChunked, BrokenFraming) {
  using enum ErrorCode;
  EXPECT_EQ(code(decode_unsigned("zz\r\n", 3)), kIncompleteBody);
  EXPECT_EQ(code(decode_unsigned("-3\r\nabc\r\n0\r\n\r\n", 3)), kIncompleteBody);
  EXPECT_EQ(code(decode_unsigned("\r\n", 3)), kIncompleteBody);
  EXPECT_EQ(code(decode_unsigned("3\nabc\r\n0\r\n\r\n", 3)), kIncompleteBody);
  EXPECT_EQ(code(decode_unsigned("3\r\nabcd\r\n0\r\n\r\n", 3)), kIncompleteBody);
  EXPECT_EQ(code(decode_unsigned("3\r\nabc0\r\n\r\n", 3)), kIncompleteBody);
  EXPECT_EQ(code(decode_unsigned("3;x=y\r\nabc\r\n0\r\n\r\n", 3)), kIncompleteBody);
  EXPECT_EQ(code(decode_unsigned("fffffffffffffffff\r\n", 3)), kIncompleteBody);
  EXPECT_EQ(code(decode_unsigned("7fffffffffffffff\r\n", 3)), kIncompleteBody);
  EXPECT_EQ(code(decode_unsigned(std::string(2000, '0'), 3)), kIncompleteBody);
  EXPECT_EQ(code(decode_signed("3\r\nabc\r\n0\r\n\r\n", 3)), kIncompleteBody);
  EXPECT_EQ(code(decode_signed("3;chunk-signature=abc\r\nabc\r\n0\r\n\r\n", 3)), kSignatureDoesNotMatch);
}

// However large it is, and whether or not its end ever comes: what was received is not kept.
TEST_F(AwsChunked, ASignedChunkIsHandedOutAsItComes) {
  const std::string head = "40000000;chunk-signature=" + std::string(64, 'a') + "\r\n";
  AwsChunkedDecoder decoder(options(PayloadMode::kStreamingSigned, kSeed, 1u << 30));
  std::string out(100, '\0');
  const auto begun = decoder.decode(head + "first", std::span(out));
  ASSERT_TRUE(begun.has_value());
  EXPECT_EQ(begun->taken, head.size() + 5);
  EXPECT_EQ(out.substr(0, begun->given), "first");
  EXPECT_EQ(decoder.pass_through_bytes(), (1u << 30) - 5);
}

TEST_F(AwsChunked, TrailersMustBeThoseAnnounced) {
  using enum ErrorCode;
  const std::string head = "3\r\nabc\r\n0\r\n", crc = "x-amz-checksum-crc32:AAAAAA==\r\n";
  const auto outcome = [&](const std::string& trailer) {
    return code(decode_unsigned(head + trailer, 3, {"x-amz-checksum-crc32"}));
  };
  const auto good = decode_unsigned(head + "X-Amz-Checksum-CRC32: AAAAAA== \r\n\r\n", 3, {"x-amz-checksum-crc32"});
  ASSERT_TRUE(good.has_value());
  EXPECT_EQ(good->trailers.get("x-amz-checksum-crc32"), "AAAAAA==");
  EXPECT_EQ(outcome("\r\n"), kMalformedTrailerError);
  EXPECT_EQ(outcome(crc + crc + "\r\n"), kMalformedTrailerError);
  EXPECT_EQ(outcome(crc + "x-amz-checksum-sha1:x\r\n\r\n"), kMalformedTrailerError);
  EXPECT_EQ(outcome(crc + "x-amz-copy-source:/a/b\r\n\r\n"), kMalformedTrailerError);
  EXPECT_EQ(outcome("no colon\r\n\r\n"), kMalformedTrailerError);
  EXPECT_EQ(outcome(":empty name\r\n\r\n"), kMalformedTrailerError);
  EXPECT_EQ(outcome("x-amz-checksum-crc32:a\nb\r\n\r\n"), kMalformedTrailerError);
  EXPECT_EQ(outcome("x-amz-checksum-crc32:" + std::string(5000, 'a') + "\r\n\r\n"), kMalformedTrailerError);
  EXPECT_EQ(outcome(crc + "x-amz-trailer-signature:" + kSeed + "\r\n\r\n"), kMalformedTrailerError);
  EXPECT_EQ(outcome(crc), kIncompleteBody);
  // Where no trailer belongs.
  std::string body = signer_.chunked_body({"abc"}, kSeed);
  body.insert(body.size() - 2, crc);
  EXPECT_EQ(code(decode_signed(body, 3)), kIncompleteBody);
}

TEST_F(AwsChunked, TrailersOfSignedBodiesAreSigned) {
  using enum ErrorCode;
  const std::vector<std::pair<std::string, std::string>> trailers = {{"x-amz-checksum-crc32", "AAAAAA=="}};
  const std::string body = signer_.chunked_body({"abc"}, kSeed, trailers);
  ASSERT_TRUE(decode_trailer(body, 3, {"x-amz-checksum-crc32"}).has_value());
  std::string changed = body;
  changed.replace(changed.find("AAAAAA=="), 8, "AAAAAQ==");
  EXPECT_EQ(code(decode_trailer(changed, 3, {"x-amz-checksum-crc32"})), kSignatureDoesNotMatch);
  const size_t signature = body.find("x-amz-trailer-signature");
  EXPECT_EQ(code(decode_trailer(body.substr(0, signature) + "\r\n", 3, {"x-amz-checksum-crc32"})),
            kMalformedTrailerError);
  const std::string late = body.substr(0, body.size() - 2) + "x-amz-checksum-sha1:x\r\n\r\n";
  EXPECT_EQ(code(decode_trailer(late, 3, {"x-amz-checksum-crc32", "x-amz-checksum-sha1"})), kMalformedTrailerError);
}

TEST_F(AwsChunked, ErrorsOfTheConnectionAreTheClients) {
  const auto failing = [this](ErrorKind kind) {
    StringBody bytes("3\r\nab");
    bytes.fail_at_end({kind, "gone"});
    return code(read_all(*make_aws_chunked_source(bytes, options(PayloadMode::kStreamingUnsignedTrailer, "", 3))));
  };
  EXPECT_EQ(failing(ErrorKind::kClosed), ErrorCode::kIncompleteBody);
  EXPECT_EQ(failing(ErrorKind::kTimeout), ErrorCode::kRequestTimeout);
}

}  // namespace
}  // namespace garage::api
