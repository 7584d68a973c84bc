// The asking side against an answering side played by hand, over a link without TLS.
#include "net/connection.hpp"

#include "net/link.hpp"
#include "net/message.hpp"
#include "net/testing/net_fixture.hpp"

namespace garage::net {
namespace {

using testing::MemoryStream;

class ConnectionTest : public testing::NetTest {
 protected:
  ConnectionTest() {
    auto [near, far] = testing::make_stream_pair();
    far_ = std::move(far);
    far_->out().capacity = far_->in().capacity = 1'000'000'000;
    near_ = near.get();
    FrameReader reader(*near, kFramePayloadBytesMax);
    connection_ =
        std::make_unique<Connection>(std::make_shared<Link>(std::move(near), std::move(reader), PeerInfo{}, true, 30s));
  }

  using Answer = std::optional<Result<std::string>>;
  void ask(Answer& answer, std::string operation, std::string payload, Duration timeout = 10s) {
    background_.spawn(testing::store(connection_->call(std::move(operation), std::move(payload), in(timeout)), answer));
    loop_.run();
  }

  struct Seen {
    FrameHead head;
    std::string payload;
  };
  // What the connection has sent meanwhile.
  std::vector<Seen> sent() {
    loop_.run();
    unread_ += far_->take();
    std::string_view rest = unread_;
    std::vector<Seen> frames;
    for (auto frame = take_frame(rest); frame && *frame; frame = take_frame(rest))
      frames.push_back({(*frame)->head, std::string((*frame)->payload)});
    unread_ = std::string(rest);
    return frames;
  }
  void reply(uint32_t stream, FrameType type, std::string_view payload = {}, uint16_t flags = 0) {
    far_->push(encode_frame({.stream = stream, .type = type, .flags = flags}, payload));
    loop_.run();
  }

  std::unique_ptr<MemoryStream> far_;
  MemoryStream* near_;
  std::string unread_;
  std::unique_ptr<Connection> connection_;
};

TEST_F(ConnectionTest, AsksAndHearsTheAnswer) {
  Answer answer;
  ask(answer, "Get", "payload");
  const auto frames = sent();
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_EQ(frames[0].head, (FrameHead{.stream = 1, .type = FrameType::kRequest}));
  const auto head = decode_request_head(frames[0].payload);
  EXPECT_EQ(head->operation, "Get");
  EXPECT_EQ(head->time_left_ms, 10'000u);
  EXPECT_EQ(head->body_bytes, 7u);
  EXPECT_EQ(frames[1].head, (FrameHead{.stream = 1, .type = FrameType::kData}));
  EXPECT_EQ(frames[1].payload, "payload");
  EXPECT_EQ(frames[2].head, (FrameHead{.stream = 1, .type = FrameType::kEnd}));
  EXPECT_EQ(near_->write_calls(), 1u);  // what is small goes out at once

  reply(1, FrameType::kData, "an ");
  reply(1, FrameType::kData, "answer");
  EXPECT_FALSE(answer);
  reply(1, FrameType::kEnd);
  EXPECT_EQ(answer->value(), "an answer");
}

TEST_F(ConnectionTest, ANameWithNothingElseIsARequest) {
  Answer answer;
  ask(answer, "Get", "");
  EXPECT_EQ(sent().size(), 2u);
  reply(1, FrameType::kEnd);
  EXPECT_EQ(answer->value(), "");
}

TEST_F(ConnectionTest, HearsAnErrorAsItIs) {
  Answer answer;
  ask(answer, "Get", "");
  reply(1, FrameType::kData, "half of it");
  reply(1, FrameType::kError, encode_error({ErrorKind::kNotFound, "two\nlines"}));
  EXPECT_EQ(answer->error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(answer->error().message, "two\nlines");
}

TEST_F(ConnectionTest, AnswersComeInAnyOrder) {
  Answer first, second, third;
  ask(first, "A", "");
  ask(second, "B", "");
  ask(third, "C", "");
  reply(5, FrameType::kData, "3");
  reply(1, FrameType::kData, "1");
  reply(5, FrameType::kEnd);
  EXPECT_EQ(third->value(), "3");
  EXPECT_FALSE(first);
  reply(3, FrameType::kEnd);
  reply(1, FrameType::kEnd);
  EXPECT_EQ(second->value(), "");
  EXPECT_EQ(first->value(), "1");
}

TEST_F(ConnectionTest, LargeBodiesShareTheLine) {
  far_->in().capacity = 70'000;
  Answer large, small;
  ask(large, "Large", std::string(10 * kFramePayloadBytesMax + 5, 'x'));
  ask(small, "Small", "y");
  std::vector<uint32_t> order;
  size_t bytes = 0;
  for (int round = 0; round < 30; ++round) {
    for (const Seen& frame : sent()) {
      order.push_back(frame.head.stream);
      if (frame.head.stream == 1 && frame.head.type == FrameType::kData) bytes += frame.payload.size();
    }
  }
  EXPECT_EQ(bytes, 10 * kFramePayloadBytesMax + 5);
  EXPECT_EQ(order.front(), 1u);
  EXPECT_EQ(order.back(), 1u);  // the small one did not wait for the end of the large one
  reply(1, FrameType::kEnd);
  reply(3, FrameType::kEnd);
  EXPECT_TRUE(large->has_value() && small->has_value());
}

TEST_F(ConnectionTest, TooLargeARequestIsNotSent) {
  Answer answer;
  ask(answer, "Get", std::string(kMessageBytesMax + 1, 'x'));
  EXPECT_EQ(answer->error().kind, ErrorKind::kInvalid);
  ask(answer, "no name", "");
  EXPECT_EQ(answer->error().kind, ErrorKind::kInvalid);
  EXPECT_TRUE(sent().empty());
}

TEST_F(ConnectionTest, TooLargeAnAnswerEndsTheConnection) {
  Answer answer;
  ask(answer, "Get", "");
  const std::string piece(kFramePayloadBytesMax, 'x');
  for (size_t size = 0; size < kMessageBytesMax; size += piece.size()) reply(1, FrameType::kData, piece);
  EXPECT_TRUE(connection_->open());
  reply(1, FrameType::kData, "x");
  EXPECT_EQ(answer->error().kind, ErrorKind::kCorrupt);
  loop_.advance(2s);
  EXPECT_FALSE(connection_->open());
}

TEST_F(ConnectionTest, AtTheDeadlineItCancelsAndLivesOn) {
  Answer late, next;
  ask(late, "Slow", "", 1s);
  sent();
  loop_.advance(999ms);
  EXPECT_FALSE(late);
  loop_.advance(1ms);
  EXPECT_EQ(late->error().kind, ErrorKind::kTimeout);
  const auto frames = sent();
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].head, (FrameHead{.stream = 1, .type = FrameType::kCancel}));

  ask(next, "Next", "");
  reply(1, FrameType::kData, "too late");
  reply(1, FrameType::kEnd);
  reply(3, FrameType::kEnd);
  EXPECT_TRUE(next->has_value());
  EXPECT_TRUE(connection_->open());
}

TEST_F(ConnectionTest, ADeadlineHoldsAlsoWhileThePeerTakesNothing) {
  far_->in().capacity = 1000;
  Answer answer;
  ask(answer, "Large", std::string(200'000, 'x'), 1s);
  loop_.advance(1s);
  EXPECT_EQ(answer->error().kind, ErrorKind::kTimeout);
  // When it takes bytes again: no more of the body than was under way, then the cancel.
  far_->in().capacity = 1'000'000;
  size_t bytes = 0;
  FrameType last = FrameType::kHello;
  for (int round = 0; round < 5; ++round) {
    for (const Seen& frame : sent()) {
      bytes += frame.payload.size();
      last = frame.head.type;
    }
  }
  EXPECT_EQ(last, FrameType::kCancel);
  EXPECT_LT(bytes, 70'000u);
}

TEST_F(ConnectionTest, AnEarlyErrorStopsTheBody) {
  far_->in().capacity = 1000;
  Answer answer;
  ask(answer, "Large", std::string(200'000, 'x'));
  reply(1, FrameType::kError, encode_error({ErrorKind::kOverloaded, "not now"}));
  EXPECT_EQ(answer->error().kind, ErrorKind::kOverloaded);
  far_->in().capacity = 1'000'000;
  FrameType last = FrameType::kHello;
  for (int round = 0; round < 5; ++round) {
    for (const Seen& frame : sent()) last = frame.head.type;
  }
  EXPECT_EQ(last, FrameType::kCancel);
  EXPECT_TRUE(connection_->open());
}

TEST_F(ConnectionTest, EveryCallEndsWithTheConnection) {
  Answer first, second, later;
  ask(first, "A", "");
  ask(second, "B", "");
  far_->close();
  loop_.run();
  EXPECT_EQ(first->error().kind, ErrorKind::kClosed);
  EXPECT_EQ(second->error().kind, ErrorKind::kClosed);
  EXPECT_FALSE(connection_->open());
  ask(later, "C", "");
  EXPECT_EQ(later->error().kind, ErrorKind::kClosed);
}

TEST_F(ConnectionTest, ADamagedFrameEndsIt) {
  Answer answer;
  ask(answer, "Get", "");
  std::string frame = encode_frame({.stream = 1, .type = FrameType::kData}, "damaged");
  frame.back() = 'D';
  far_->push(frame);
  loop_.run();
  EXPECT_EQ(answer->error().kind, ErrorKind::kCorrupt);
  EXPECT_FALSE(connection_->open());
}

TEST_F(ConnectionTest, WhatBreaksTheRulesEndsItAndThePeerHearsWhy) {
  const std::vector<std::pair<uint32_t, FrameType>> wrong{{3, FrameType::kData},
                                                          {2, FrameType::kRequest},
                                                          {1, FrameType::kCancel},
                                                          {1, FrameType::kCredit},
                                                          {1, FrameType::kHello}};
  for (const auto& [stream, type] : wrong) {
    auto [near, far] = testing::make_stream_pair();
    FrameReader reader(*near, kFramePayloadBytesMax);
    connection_ =
        std::make_unique<Connection>(std::make_shared<Link>(std::move(near), std::move(reader), PeerInfo{}, true, 30s));
    far_ = std::move(far);
    unread_.clear();
    Answer answer;
    ask(answer, "Get", "");
    sent();
    reply(stream, type);
    EXPECT_EQ(answer->error().kind, ErrorKind::kCorrupt);
    const auto frames = sent();
    ASSERT_EQ(frames.size(), 1u);
    EXPECT_EQ(frames[0].head, (FrameHead{.stream = 0, .type = FrameType::kError}));
    loop_.advance(2s);
    EXPECT_FALSE(connection_->open());
  }
}

TEST_F(ConnectionTest, ThePeersReasonForTheEndIsTold) {
  Answer answer;
  ask(answer, "Get", "");
  reply(0, FrameType::kError, encode_error({ErrorKind::kUnavailable, "going\ndown"}));
  EXPECT_EQ(answer->error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(answer->error().message, "the peer ended the connection: going?down");
  EXPECT_FALSE(connection_->open());
}

TEST_F(ConnectionTest, AnswersPings) {
  reply(0, FrameType::kPing, "12345678");
  const auto frames = sent();
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].head, (FrameHead{.stream = 0, .type = FrameType::kPing, .flags = kFrameFlagAnswer}));
  EXPECT_EQ(frames[0].payload, "12345678");
}

TEST_F(ConnectionTest, PingsMeasureTheWay) {
  std::optional<Result<Duration>> time;
  background_.spawn(testing::store(connection_->ping(in(5s)), time));
  const auto frames = sent();
  ASSERT_EQ(frames.size(), 1u);
  loop_.advance(30ms);
  reply(0, FrameType::kPing, frames[0].payload, kFrameFlagAnswer);
  EXPECT_EQ(time->value(), Duration(30ms));

  EXPECT_EQ(loop_.run_until_done(connection_->ping(in(5s))).error().kind, ErrorKind::kTimeout);
  EXPECT_TRUE(connection_->open());
}

TEST_F(ConnectionTest, DroppingItEndsItsCalls) {
  Answer answer;
  ask(answer, "Get", std::string(200'000, 'x'));
  connection_.reset();
  loop_.run();
  EXPECT_EQ(answer->error().kind, ErrorKind::kClosed);
  EXPECT_TRUE(far_->peer_gone());
}

TEST_F(ConnectionTest, CloseWaitsForEverything) {
  Answer answer;
  ask(answer, "Get", "");
  loop_.run_until_done(testing::both(connection_->call("Other", "", in(10s)), [](Connection& connection) -> Task<int> {
    co_await connection.close();
    co_return 1;
  }(*connection_)));
  EXPECT_EQ(answer->error().kind, ErrorKind::kClosed);
  EXPECT_FALSE(connection_->open());
}

}  // namespace
}  // namespace garage::net
