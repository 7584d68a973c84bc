#include "net/tls_stream.hpp"

#include "net/testing/foreign_tls.hpp"
#include "net/testing/net_fixture.hpp"

namespace garage::net {
namespace {

using testing::both;
using testing::ForeignOptions;
using testing::ForeignTls;
using testing::make_stream_pair;
using testing::MemoryStream;
using testing::read_exactly;
using testing::test_key;
using testing::write_text;

using Made = Result<std::unique_ptr<TlsStream>>;

class TlsStreamTest : public testing::NetTest {
 protected:
  TlsIdentity alice_ = *TlsIdentity::make(test_key('a'));
  TlsIdentity bob_ = *TlsIdentity::make(test_key('b'));

  // Alice dials, Bob accepts.
  std::pair<Made, Made> handshake(std::optional<NodeId> alice_expects = {}, std::optional<NodeId> bob_expects = {}) {
    auto [near, far] = make_stream_pair();
    near_ = near.get();
    far_ = far.get();
    return loop_.run_until_done(
        both(TlsStream::connect(std::move(near), alice_, alice_expects, "node.example", in(10s)),
             TlsStream::accept(std::move(far), bob_, bob_expects, in(10s))));
  }
  void connect() {
    auto [near, far] = handshake(bob_.id());
    ASSERT_TRUE(near) << near.error().message;
    ASSERT_TRUE(far) << far.error().message;
    alice_end_ = std::move(*near);
    bob_end_ = std::move(*far);
  }

  // Bob accepts, a foreigner dials. What Bob says to it.
  Made accept(ForeignTls& foreign) {
    auto [near, far] = make_stream_pair();
    std::optional<Made> made;
    background_.spawn(testing::store(TlsStream::accept(std::move(far), bob_, {}, in(10s)), made));
    for (int round = 0; round < 10; ++round) {
      near->push(foreign.exchange(near->take()));
      loop_.run();
    }
    foreign.read();
    near.reset();
    loop_.advance(20s);
    EXPECT_TRUE(made);
    return std::move(*made);
  }

  // The same, to go on with: near_ is the foreigner's end.
  void connect_foreigner() {
    auto [near, far] = make_stream_pair();
    near_ = near.get();
    foreign_near_ = std::move(near);
    std::optional<Made> made;
    background_.spawn(testing::store(TlsStream::accept(std::move(far), bob_, {}, in(10s)), made));
    for (int round = 0; round < 10; ++round) {
      near_->push(foreign_.exchange(near_->take()));
      loop_.run();
    }
    ASSERT_TRUE(made && *made);
    bob_end_ = std::move(**made);
    near_->take();  // tickets
  }
  void read_at_bob(MonotonicTime deadline) {
    background_.spawn(testing::store(read_exactly(*bob_end_, 1, deadline), read_));
  }

  const NodeKey foreign_key_ = test_key('f');
  ForeignTls foreign_{{.certificate = &foreign_key_}};
  std::unique_ptr<MemoryStream> foreign_near_;
  std::optional<Result<std::string>> read_;
  MemoryStream* near_ = nullptr;
  MemoryStream* far_ = nullptr;
  std::unique_ptr<TlsStream> alice_end_, bob_end_;
};

TEST_F(TlsStreamTest, BothLearnWhoTheOtherIs) {
  connect();
  EXPECT_EQ(alice_end_->peer_id(), bob_.id());
  EXPECT_EQ(bob_end_->peer_id(), alice_.id());
  EXPECT_EQ(alice_end_->peer_address().text, "10.0.0.2:80");
}

TEST_F(TlsStreamTest, AnotherNodeThanExpectedIsRefusedByTheDialler) {
  auto [near, far] = handshake(alice_.id());
  EXPECT_EQ(near.error().kind, ErrorKind::kDenied);
  EXPECT_EQ(near.error().message, "the peer is node " + bob_.id().hex() + ", expected was " + alice_.id().hex());
  EXPECT_EQ(far.error().kind, ErrorKind::kDenied);
  EXPECT_EQ(far.error().message, "the peer refuses: bad certificate");
}

TEST_F(TlsStreamTest, AnotherNodeThanExpectedIsRefusedByTheAcceptor) {
  auto [near, far] = handshake(bob_.id(), bob_.id());
  EXPECT_EQ(far.error().kind, ErrorKind::kDenied);
  ASSERT_TRUE(near);  // in TLS 1.3 the dialler is done before it is judged
  const auto read = loop_.run_until_done(read_exactly(**near, 1, in(1s)));
  EXPECT_EQ(read.error().kind, ErrorKind::kDenied) << read.error().message;
}

TEST_F(TlsStreamTest, ExporterIsKnownToBothAndToNobodyElse) {
  connect();
  const auto here = *alice_end_->exporter("EXPORTER-one");
  EXPECT_EQ(here, *bob_end_->exporter("EXPORTER-one"));
  EXPECT_NE(here, *bob_end_->exporter("EXPORTER-two"));
  connect();
  EXPECT_NE(here, *alice_end_->exporter("EXPORTER-one"));
}

TEST_F(TlsStreamTest, CarriesMuchBothWaysAtOnceThroughNarrowPipes) {
  connect();
  near_->in().read_bytes_max = 1000;
  near_->out().capacity = far_->out().capacity = 5000;
  std::string text;
  for (int i = 0; text.size() < 1'000'000; ++i) text += std::to_string(i);
  const std::string reversed(text.rbegin(), text.rend());
  auto [sent, received] = loop_.run_until_done(
      both(both(write_text(*alice_end_, text, in(10s)), write_text(*bob_end_, reversed, in(10s))),
           both(read_exactly(*bob_end_, text.size(), in(10s)), read_exactly(*alice_end_, text.size(), in(10s)))));
  EXPECT_TRUE(sent.first && sent.second);
  EXPECT_TRUE(*received.first == text);
  EXPECT_TRUE(*received.second == reversed);
}

TEST_F(TlsStreamTest, PiecesAreJoinedInOrder) {
  connect();
  const std::string large(40'000, 'x');
  const std::vector<std::string_view> pieces{"a", "", "bc", large, "d", large, "e"};
  std::string whole;
  for (const auto piece : pieces) whole += piece;
  auto [sent, received] =
      loop_.run_until_done(both(alice_end_->write_all(pieces, in(1s)), read_exactly(*bob_end_, whole.size(), in(1s))));
  EXPECT_TRUE(sent);
  EXPECT_TRUE(*received == whole);
}

TEST_F(TlsStreamTest, NothingReadableIsOnTheWire) {
  connect();
  ASSERT_TRUE(loop_.run_until_done(write_text(*alice_end_, "confidential", in(1s))));
  EXPECT_GT(near_->out().data.size(), 12u);
  EXPECT_EQ(near_->out().data.find("confidential"), std::string::npos);
}

TEST_F(TlsStreamTest, NewKeysAreUsedWithoutAPause) {
  connect();
  for (int i = 0; i < 3; ++i) {
    alice_end_->renew_keys();
    ASSERT_TRUE(loop_.run_until_done(write_text(*alice_end_, "after", in(1s))));
    EXPECT_EQ(*loop_.run_until_done(read_exactly(*bob_end_, 5, in(1s))), "after");
    ASSERT_TRUE(loop_.run_until_done(write_text(*bob_end_, "back", in(1s))));
    EXPECT_EQ(*loop_.run_until_done(read_exactly(*alice_end_, 4, in(1s))), "back");
  }
}

TEST_F(TlsStreamTest, ADeadlineLeavesItUsable) {
  connect();
  EXPECT_EQ(loop_.run_until_done(read_exactly(*bob_end_, 5, in(1s))).error().kind, ErrorKind::kTimeout);
  ASSERT_TRUE(loop_.run_until_done(write_text(*alice_end_, "later", in(1s))));
  EXPECT_EQ(*loop_.run_until_done(read_exactly(*bob_end_, 5, in(1s))), "later");
}

TEST_F(TlsStreamTest, AWriteThatStuckEndsIt) {
  connect();
  near_->out().capacity = 100;
  EXPECT_EQ(loop_.run_until_done(write_text(*alice_end_, std::string(1000, 'x'), in(1s))).error().kind,
            ErrorKind::kTimeout);
  near_->out().capacity = 100'000;
  EXPECT_EQ(loop_.run_until_done(write_text(*alice_end_, "more", in(1s))).error().kind, ErrorKind::kClosed);
}

TEST_F(TlsStreamTest, AFarewellIsAnEndAndACutIsNot) {
  connect();
  alice_end_->finish_writing();
  std::array<char, 10> out;
  EXPECT_EQ(*loop_.run_until_done(bob_end_->read_some(out, in(1s))), 0u);
  // The other direction goes on.
  ASSERT_TRUE(loop_.run_until_done(write_text(*bob_end_, "still here", in(1s))));
  EXPECT_EQ(*loop_.run_until_done(read_exactly(*alice_end_, 10, in(1s))), "still here");
  EXPECT_EQ(loop_.run_until_done(write_text(*alice_end_, "x", in(1s))).error().kind, ErrorKind::kClosed);

  connect();
  alice_end_->close();
  EXPECT_EQ(loop_.run_until_done(bob_end_->read_some(out, in(1s))).error().kind, ErrorKind::kClosed);
}

TEST_F(TlsStreamTest, DroppingItEndsACallUnderWay) {
  connect();
  std::optional<Result<std::string>> read;
  background_.spawn(testing::store(read_exactly(*alice_end_, 1, in(10s)), read));
  alice_end_.reset();
  loop_.run();
  ASSERT_TRUE(read);
  EXPECT_EQ(read->error().kind, ErrorKind::kClosed);
}

TEST_F(TlsStreamTest, BytesDamagedOnTheWayAreRefused) {
  connect();
  ASSERT_TRUE(loop_.run_until_done(write_text(*alice_end_, "precious", in(1s))));
  std::string& wire = near_->out().data;
  wire.back() = static_cast<char>(wire.back() ^ 1);
  EXPECT_EQ(loop_.run_until_done(read_exactly(*bob_end_, 8, in(1s))).error().kind, ErrorKind::kCorrupt);
}

TEST_F(TlsStreamTest, AHandshakeHasADeadline) {
  auto [near, far] = make_stream_pair();
  const auto made = loop_.run_until_done(TlsStream::accept(std::move(far), bob_, {}, in(10s)));
  EXPECT_EQ(made.error().kind, ErrorKind::kTimeout);
  EXPECT_EQ(loop_.now().since_start, Duration(10s));
}

TEST_F(TlsStreamTest, WhatIsNotTlsIsRefused) {
  auto [near, far] = make_stream_pair();
  near->push("GET / HTTP/1.1\r\n\r\n");
  near->finish_writing();
  const auto made = loop_.run_until_done(TlsStream::accept(std::move(far), bob_, {}, in(10s)));
  EXPECT_EQ(made.error().kind, ErrorKind::kCorrupt) << made.error().message;
}

TEST_F(TlsStreamTest, AForeignerWithEverythingRightIsAccepted) {
  const NodeKey key = test_key('f');
  ForeignTls foreign({.certificate = &key});
  const auto made = accept(foreign);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ((*made)->peer_id(), key.id);
  EXPECT_TRUE(foreign.done());
}

TEST_F(TlsStreamTest, WhoAsksForNewKeysWithoutEndAndTakesNothingIsCutOff) {
  connect_foreigner();
  near_->in().capacity = 10;
  read_at_bob(in(10s));
  size_t sent_bytes = 0;
  while (!read_ && sent_bytes < 1'000'000) {
    const std::string bytes = foreign_.new_keys(100);
    sent_bytes += bytes.size();
    near_->push(bytes);
    loop_.run();
  }
  ASSERT_TRUE(read_) << "answers are kept without bound";
  EXPECT_EQ(read_->error().kind, ErrorKind::kCorrupt) << read_->error().message;
}

TEST_F(TlsStreamTest, WhoAsksForNewKeysWithoutEndMeetsTheDeadline) {
  connect_foreigner();
  near_->out().read_bytes_max = 100;
  near_->push(foreign_.new_keys(500));
  read_at_bob(in(0s));
  loop_.run();
  ASSERT_TRUE(read_);
  EXPECT_EQ(read_->error().kind, ErrorKind::kTimeout) << read_->error().message;
  EXPECT_GT(near_->out().data.size(), 10'000u) << "it reads for as long as something comes";
  // As any stream after a deadline it stays usable.
  read_.reset();
  read_at_bob(in(10s));
  near_->push(foreign_.write("x"));
  loop_.run();
  ASSERT_TRUE(read_ && *read_);
  EXPECT_EQ(**read_, "x");
}

TEST_F(TlsStreamTest, AWriteBehindAnswersThatNobodyTakesHasItsDeadline) {
  connect_foreigner();
  near_->in().capacity = 10;
  read_at_bob(in(20s));
  near_->push(foreign_.new_keys(3));  // OpenSSL answers one when it meets the next
  loop_.run();
  ASSERT_EQ(near_->in().data.size(), 10u) << "the answer is stuck";
  std::optional<Result<void>> written;
  background_.spawn(testing::store(write_text(*bob_end_, "hello", in(5s)), written));
  loop_.advance(6s);
  ASSERT_TRUE(written) << "it waits for ever";
  EXPECT_EQ(written->error().kind, ErrorKind::kTimeout);
  EXPECT_EQ(loop_.run_until_done(write_text(*bob_end_, "more", in(5s))).error().kind, ErrorKind::kClosed);
  bob_end_.reset();
}

TEST_F(TlsStreamTest, AnOlderVersionIsRefused) {
  const NodeKey key = test_key('f');
  ForeignTls foreign({.tls12 = true, .certificate = &key});
  EXPECT_EQ(accept(foreign).error().kind, ErrorKind::kDenied);
  EXPECT_EQ(foreign.alert(), "protocol version");
}

TEST_F(TlsStreamTest, NoCertificateIsRefused) {
  ForeignTls foreign({});
  EXPECT_EQ(accept(foreign).error().kind, ErrorKind::kDenied);
  EXPECT_EQ(foreign.alert(), "unknown");  // 116, certificate required: too new for OpenSSL's table of names
}

TEST_F(TlsStreamTest, AChainOfCertificatesIsRefused) {
  const NodeKey key = test_key('f');
  ForeignTls foreign({.certificate = &key, .twice = true});
  const auto made = accept(foreign);
  EXPECT_EQ(made.error().message, "the peer shows more than one certificate");
}

TEST_F(TlsStreamTest, AnotherProtocolIsRefused) {
  const NodeKey key = test_key('f');
  ForeignTls other({.certificate = &key, .alpn = "h2"});
  EXPECT_EQ(accept(other).error().kind, ErrorKind::kDenied);
  EXPECT_EQ(other.alert(), "no application protocol");
  ForeignTls none({.certificate = &key, .alpn = ""});
  EXPECT_EQ(accept(none).error().message, "the peer does not speak garage/1");
}

TEST_F(TlsStreamTest, AnOlderServerIsRefused) {
  const NodeKey key = test_key('f');
  ForeignTls foreign({.server = true, .tls12 = true, .certificate = &key});
  auto [near, far] = make_stream_pair();
  std::optional<Made> made;
  background_.spawn(testing::store(TlsStream::connect(std::move(near), alice_, key.id, "", in(10s)), made));
  for (int round = 0; round < 5; ++round) {
    loop_.run();
    far->push(foreign.exchange(far->take()));
  }
  loop_.run();
  ASSERT_TRUE(made);
  EXPECT_EQ(made->error().kind, ErrorKind::kDenied) << made->error().message;
}

}  // namespace
}  // namespace garage::net
