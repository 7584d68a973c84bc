#include "net/hello.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "base/hex.hpp"
#include "codec/tlv.hpp"

namespace garage::net {
namespace {

template <class Id>
Id id_of(unsigned char byte) {
  Id id;
  id.bytes.fill(byte);
  return id;
}

const Secret kSecret(std::string(32, '\x33'));

HelloSession test_session() {
  HelloSession session{.dialler = id_of<NodeId>(0x11), .acceptor = id_of<NodeId>(0x22)};
  std::iota(session.exporter.begin(), session.exporter.end(), static_cast<unsigned char>(0));
  return session;
}

HelloFacts test_facts() {
  return {.protocols = {1, 3},
          .features = 5,
          .role = Role::kPeer,
          .incarnation = id_of<Uuid>(0x44),
          .boot_id = id_of<Uuid>(0x55),
          .replication_factor = 3,
          .public_address = "[fc00::1]:3901"};
}

constexpr const char* kGolden =
    "557436aa90656ec2490b27669235df2d35d5c174117158a0418d9c96ca7ed2e6"
    "010101"
    "020103"
    "030105"
    "040101"
    "05201111111111111111111111111111111111111111111111111111111111111111"
    "061044444444444444444444444444444444"
    "071055555555555555555555555555555555"
    "080103"
    "090e5b666330303a3a315d3a33393031";

// What a dialler sends who knows the secret and says whatever it likes.
std::string proven(const codec::TlvWriter& body) {
  return prove_hello(body.body(), Sender::kDialler, test_session(), kSecret);
}

ErrorKind kind_after(const codec::TlvWriter& body) {
  const auto facts = decode_hello(proven(body), Sender::kDialler, test_session(), kSecret);
  return facts ? ErrorKind::kInternal : facts.error().kind;
}

// All that is required, and the fields of the test.
codec::TlvWriter body_with(uint64_t min = 1, uint64_t max = 1, uint64_t role = 1) {
  auto body = codec::TlvWriter::nested();
  body.u64(1, min);
  body.u64(2, max);
  body.u64(4, role);
  body.bytes(5, id_of<NodeId>(0x11).view());
  return body;
}

TEST(Hello, HasTheseBytes) {
  EXPECT_EQ(to_hex(encode_hello(test_facts(), Sender::kDialler, test_session(), kSecret)), kGolden);
  const auto facts = decode_hello(*from_hex(kGolden), Sender::kDialler, test_session(), kSecret);
  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_EQ(*facts, test_facts());
}

TEST(Hello, OfAClientIsShort) {
  const HelloFacts client{.role = Role::kClient};
  const auto payload = encode_hello(client, Sender::kAcceptor, test_session(), kSecret);
  EXPECT_EQ(*decode_hello(payload, Sender::kAcceptor, test_session(), kSecret), client);
}

TEST(Hello, ChangedInAnyByteIsRefusedBeforeItIsParsed) {
  for (size_t i = 0; i < from_hex(kGolden)->size(); ++i) {
    std::string payload = *from_hex(kGolden);
    payload[i] = static_cast<char>(payload[i] ^ 0x40);
    const auto facts = decode_hello(payload, Sender::kDialler, test_session(), kSecret);
    ASSERT_FALSE(facts) << i;
    EXPECT_EQ(facts.error().message, "the RPC secret differs") << i;
  }
}

TEST(Hello, IsWorthNothingElsewhere) {
  const std::string payload = *from_hex(kGolden);
  const auto refused = [&](Sender sender, const HelloSession& session, const Secret& secret) {
    const auto facts = decode_hello(payload, sender, session, secret);
    return !facts && facts.error().kind == ErrorKind::kDenied;
  };
  EXPECT_TRUE(refused(Sender::kDialler, test_session(), Secret(std::string(32, '\x34'))));
  EXPECT_TRUE(refused(Sender::kDialler, test_session(), Secret()));
  EXPECT_TRUE(refused(Sender::kAcceptor, test_session(), kSecret));  // sent back to where it came from
  HelloSession other_session = test_session();
  other_session.exporter[31] ^= 1;
  EXPECT_TRUE(refused(Sender::kDialler, other_session, kSecret));
  HelloSession other_acceptor = test_session();
  other_acceptor.acceptor.bytes[0] ^= 1;
  EXPECT_TRUE(refused(Sender::kDialler, other_acceptor, kSecret));
}

TEST(Hello, OfAWrongSizeIsRefused) {
  for (const size_t size : {size_t{0}, size_t{31}, kHelloBytesMax + 1}) {
    const auto facts = decode_hello(std::string(size, 'x'), Sender::kDialler, test_session(), kSecret);
    EXPECT_EQ(facts.error().kind, ErrorKind::kCorrupt);
  }
}

TEST(Hello, NamesTheNodeThatTlsShowed) {
  auto body = body_with();
  body.bytes(5, id_of<NodeId>(0x12).view());
  EXPECT_EQ(kind_after(body), ErrorKind::kDenied);
}

TEST(Hello, FieldsOfLaterProgramsAreSkipped) {
  auto body = body_with();
  body.bytes(77, "news");
  EXPECT_TRUE(decode_hello(proven(body), Sender::kDialler, test_session(), kSecret));
}

TEST(Hello, ThatMakesNoSenseIsRefused) {
  EXPECT_EQ(kind_after(codec::TlvWriter::nested()), ErrorKind::kCorrupt);
  EXPECT_EQ(kind_after(body_with(0, 1)), ErrorKind::kCorrupt);
  EXPECT_EQ(kind_after(body_with(3, 2)), ErrorKind::kCorrupt);
  EXPECT_EQ(kind_after(body_with(1, uint64_t{1} << 32)), ErrorKind::kCorrupt);
  EXPECT_EQ(kind_after(body_with(1, 1, 0)), ErrorKind::kCorrupt);
  EXPECT_EQ(kind_after(body_with(1, 1, 3)), ErrorKind::kCorrupt);
  EXPECT_EQ(kind_after(body_with(1, 1, 257)), ErrorKind::kCorrupt);
  for (const std::string& address : {std::string("a b"), std::string("a\nb"), std::string(256, 'a')}) {
    auto body = body_with();
    body.bytes(9, address);
    EXPECT_EQ(kind_after(body), ErrorKind::kCorrupt);
  }
  auto short_id = body_with();
  short_id.bytes(7, "short");
  EXPECT_EQ(kind_after(short_id), ErrorKind::kCorrupt);
}

TEST(Hello, TheHighestCommonProtocolIsSpoken) {
  EXPECT_EQ(*common_protocol({1, 1}, {1, 1}), 1u);
  EXPECT_EQ(*common_protocol({1, 4}, {2, 3}), 3u);
  EXPECT_EQ(*common_protocol({3, 4}, {1, 3}), 3u);
  const auto none = common_protocol({1, 2}, {3, 3});
  EXPECT_EQ(none.error().kind, ErrorKind::kUnsupported);
  EXPECT_EQ(none.error().message, "no common peer protocol: 1 to 2 here, 3 there");
}

TEST(Hello, SaysWhatTheConnectionIsFor) {
  HelloFacts facts = test_facts();
  facts.lane = Lane::kBlocks;
  const std::string hello = encode_hello(facts, Sender::kDialler, test_session(), kSecret);
  EXPECT_EQ(decode_hello(hello, Sender::kDialler, test_session(), kSecret).value(), facts);
  EXPECT_EQ(hello.size(), from_hex(kGolden)->size() + 3);
  facts.strand = 3;
  facts.strands = 16;
  const std::string stranded = encode_hello(facts, Sender::kDialler, test_session(), kSecret);
  EXPECT_EQ(decode_hello(stranded, Sender::kDialler, test_session(), kSecret).value(), facts);
}

}  // namespace
}  // namespace garage::net
