#include "net/handshake.hpp"

#include "net/frame.hpp"
#include "net/testing/net_fixture.hpp"
#include "net/tls_stream.hpp"

namespace garage::net {
namespace {

using testing::both;
using testing::make_stream_pair;
using testing::test_credentials;
using testing::test_key;

using Made = Result<std::shared_ptr<Link>>;

class Handshake : public testing::NetTest {
 protected:
  std::pair<Made, Made> shake(std::shared_ptr<const Credentials> dialler, std::shared_ptr<const Credentials> acceptor) {
    auto [near, far] = make_stream_pair();
    const NodeId expected = acceptor->identity.id();
    return loop_.run_until_done(both(dial_link(std::move(near), std::move(dialler), expected, {}, in(10s)),
                                     accept_link(std::move(far), std::move(acceptor), in(10s))));
  }

  // An acceptor against somebody who has passed TLS and then sends these bytes. What the acceptor says, and what it
  // sends.
  std::pair<Error, std::string> accept_after_tls(std::string bytes) {
    auto [near, far] = make_stream_pair();
    return loop_.run_until_done(play(std::move(near), std::move(far), std::move(bytes)));
  }

  Task<std::pair<Error, std::string>> play(std::unique_ptr<env::Stream> near, std::unique_ptr<env::Stream> far,
                                           std::string bytes) {
    auto [sent, made] = co_await both(speak(std::move(near), std::move(bytes)),
                                      accept_link(std::move(far), test_credentials('b'), in(10s)));
    co_return std::pair(made ? Error{} : made.error(), sent.value_or("none"));
  }
  Task<Result<std::string>> speak(std::unique_ptr<env::Stream> near, std::string bytes) {
    CO_TRY(auto tls, co_await TlsStream::connect(std::move(near), *TlsIdentity::make(test_key('a')), {}, {}, in(10s)));
    CO_CHECK_OK(co_await testing::write_text(*tls, bytes, in(1s)));
    std::string answer(1000, '\0');
    CO_TRY(const size_t size, co_await tls->read_some(answer, in(20s)));
    co_return answer.substr(0, size);
  }
};

TEST_F(Handshake, TellsBothWhoTheOtherIs) {
  HelloFacts facts{.role = Role::kPeer, .replication_factor = 3, .public_address = "node-a:3901"};
  facts.boot_id.bytes.fill(7);
  auto [near, far] = shake(test_credentials('a', "s", facts), test_credentials('b', "s", {.role = Role::kClient}));
  ASSERT_TRUE(near) << near.error().message;
  ASSERT_TRUE(far) << far.error().message;
  EXPECT_EQ((*far)->peer().id, test_key('a').id);
  EXPECT_EQ((*far)->peer().facts, facts);
  EXPECT_EQ((*far)->peer().protocol, 1u);
  EXPECT_EQ((*far)->peer().address.text, "10.0.0.1:1000");
  EXPECT_FALSE((*far)->peer().is_client());
  EXPECT_EQ((*near)->peer().id, test_key('b').id);
  EXPECT_TRUE((*near)->peer().is_client());
  EXPECT_TRUE((*near)->dialled());
  EXPECT_FALSE((*far)->dialled());
}

TEST_F(Handshake, WithAnotherSecretIsRefusedAndBothKnowWhy) {
  auto [near, far] = shake(test_credentials('a', "one secret"), test_credentials('b', "another secret"));
  EXPECT_EQ(near.error().kind, ErrorKind::kDenied);
  EXPECT_EQ(near.error().message, "refused by the node: the RPC secret differs");
  EXPECT_EQ(far.error().kind, ErrorKind::kDenied);
  EXPECT_EQ(far.error().message, "the RPC secret differs");
}

TEST_F(Handshake, WithoutACommonProtocolIsRefusedAndNamesBothRanges) {
  auto [near, far] =
      shake(test_credentials('a', "s", {.protocols = {3, 4}}), test_credentials('b', "s", {.protocols = {1, 2}}));
  EXPECT_EQ(near.error().kind, ErrorKind::kUnsupported);
  EXPECT_EQ(near.error().message, "refused by the node: no common peer protocol: 1 to 2 here, 3 to 4 there");
  EXPECT_EQ(far.error().message, "no common peer protocol: 1 to 2 here, 3 to 4 there");
}

TEST_F(Handshake, SpeaksTheHighestCommonProtocol) {
  auto [near, far] =
      shake(test_credentials('a', "s", {.protocols = {1, 4}}), test_credentials('b', "s", {.protocols = {2, 3}}));
  EXPECT_EQ((*near)->peer().protocol, 3u);
  EXPECT_EQ((*far)->peer().protocol, 3u);
}

TEST_F(Handshake, TheNodeTellsNothingBeforeTheDiallerHasProvenItself) {
  const auto [error, sent] = accept_after_tls(encode_frame({.type = FrameType::kHello}, std::string(100, 'x')));
  EXPECT_EQ(error.kind, ErrorKind::kDenied);
  std::string_view rest = sent;
  const auto frame = take_frame(rest);
  ASSERT_TRUE(frame && *frame);
  EXPECT_EQ((*frame)->head.type, FrameType::kError);
  EXPECT_TRUE(rest.empty());
}

TEST_F(Handshake, NothingElseIsListenedToBeforeHello) {
  for (const FrameType type : {FrameType::kRequest, FrameType::kError, FrameType::kPing, FrameType::kData}) {
    const auto [error, sent] = accept_after_tls(encode_frame({.type = type}, "12345678"));
    EXPECT_EQ(error.kind, ErrorKind::kCorrupt);
    EXPECT_EQ(sent, "none");
  }
  const auto [error, sent] = accept_after_tls(encode_frame({.stream = 1, .type = FrameType::kHello}, "x"));
  EXPECT_EQ(error.kind, ErrorKind::kCorrupt);
}

TEST_F(Handshake, ALargeHelloIsRefusedUnread) {
  const auto [error, sent] =
      accept_after_tls(encode_frame_head({.type = FrameType::kHello}, std::string(kHelloBytesMax + 1, 'x')));
  EXPECT_EQ(error.kind, ErrorKind::kCorrupt);
}

TEST_F(Handshake, SilenceAfterTlsHasADeadline) {
  const auto [error, sent] = accept_after_tls("");
  EXPECT_EQ(error.kind, ErrorKind::kTimeout);
  EXPECT_EQ(loop_.now().since_start, Duration(10s));
}

}  // namespace
}  // namespace garage::net
