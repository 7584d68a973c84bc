// Two nodes that ask each other over one link without TLS.
#include "net/dialogue.hpp"

#include "net/message.hpp"
#include "net/testing/server_fixture.hpp"

namespace garage::net {
namespace {

class DialogueTest : public testing::NetTest {
 protected:
  DialogueTest() {
    auto [near, far] = testing::make_stream_pair();
    line_ = near.get();
    line_->in().capacity = line_->out().capacity = 1'000'000'000;
    left_ = begin(std::move(near), left_handler_, true);
    right_ = begin(std::move(far), right_handler_, false);
    background_.spawn(testing::store(live(left_), left_end_));
    background_.spawn(testing::store(live(right_), right_end_));
  }
  ~DialogueTest() override {
    left_handler_.release();
    right_handler_.release();
    left_->close();
    loop_.run();
    EXPECT_TRUE(left_end_ && right_end_);
  }

  static std::shared_ptr<Dialogue> begin(std::unique_ptr<env::Stream> stream, RequestHandler& handler, bool dialled) {
    FrameReader reader(*stream, kFramePayloadBytesMax);
    ServerOptions limits{.requests_per_connection_max = 5000, .message_bytes_max = 40'000'000};
    return std::make_shared<Dialogue>(
        std::make_shared<Link>(std::move(stream), std::move(reader), PeerInfo{}, dialled, 30s), handler, limits);
  }
  static Task<Error> live(std::shared_ptr<Dialogue> dialogue) {
    Error end = co_await Dialogue::run(dialogue);
    co_await dialogue->join();
    co_return end;
  }
  using Answer = std::optional<Result<std::string>>;
  void ask(Dialogue& who, Answer& answer, std::string operation, std::string payload, Duration timeout = 10s) {
    background_.spawn(
        testing::store(who.call(std::move(operation), std::move(payload), in(timeout), Priority::kNormal), answer));
  }

  testing::TestHandler left_handler_, right_handler_;
  testing::MemoryStream* line_;
  std::shared_ptr<Dialogue> left_, right_;
  std::optional<Error> left_end_, right_end_;
};

TEST_F(DialogueTest, BothSidesAsk) {
  Answer from_left, from_right;
  ask(*left_, from_left, "Echo", "to the right");
  ask(*right_, from_right, "Echo", "to the left");
  loop_.run();
  EXPECT_EQ(from_left->value(), "to the right");
  EXPECT_EQ(from_right->value(), "to the left");
  EXPECT_EQ(left_handler_.finished, 1);
  EXPECT_EQ(right_handler_.finished, 1);
}

TEST_F(DialogueTest, ThousandsAreInFlight) {
  std::vector<Answer> answers(4000);
  for (size_t i = 0; i < answers.size(); ++i) ask(i % 2 == 0 ? *left_ : *right_, answers[i], "Wait", std::to_string(i));
  loop_.run();
  EXPECT_EQ(left_handler_.started + right_handler_.started, 4000);
  left_handler_.release();
  right_handler_.release();
  loop_.run();
  for (size_t i = 0; i < answers.size(); ++i) EXPECT_EQ(answers[i]->value(), std::to_string(i));
}

TEST_F(DialogueTest, TheLargestMessageCrossesBothWays) {
  Answer answer, too_many;
  const std::string large(kMessageBytesMax, 'x');
  ask(*left_, answer, "Echo", large);
  loop_.run();
  EXPECT_TRUE(answer->value() == large);
}

TEST_F(DialogueTest, ABodyThatFindsNoRoomIsRefusedAtItsFirstByte) {
  std::vector<Answer> answers(3);
  for (auto& answer : answers) ask(*left_, answer, "Wait", std::string(kMessageBytesMax, 'x'));
  loop_.run();
  right_handler_.release();
  loop_.run();
  EXPECT_TRUE(answers[0]->has_value());
  EXPECT_TRUE(answers[1]->has_value());
  EXPECT_EQ(answers[2]->error().kind, ErrorKind::kOverloaded);
}

TEST_F(DialogueTest, WhatComesTooLateIsNotBegun) {
  line_->out().capacity = 1000;  // slow to take the body
  Answer answer;
  ask(*left_, answer, "Echo", std::string(100'000, 'x'), 0s);
  loop_.run();
  line_->out().capacity = 1'000'000;
  loop_.advance(1s);
  EXPECT_EQ(answer->error().kind, ErrorKind::kTimeout);
  EXPECT_EQ(right_handler_.started, 0);
}

TEST_F(DialogueTest, EveryCallIsToldOfTheEnd) {
  Answer from_left, from_right, later;
  ask(*left_, from_left, "Wait", "");
  ask(*right_, from_right, "Wait", "");
  loop_.run();
  right_->close();
  loop_.run();
  EXPECT_EQ(from_left->error().kind, ErrorKind::kClosed);
  EXPECT_EQ(from_right->error().kind, ErrorKind::kClosed);
  EXPECT_FALSE(left_end_);  // its handler is still at work
  left_handler_.release();
  loop_.run();
  EXPECT_TRUE(left_end_);
  ask(*left_, later, "Echo", "");
  loop_.run();
  EXPECT_EQ(later->error().kind, ErrorKind::kClosed);
}

TEST_F(DialogueTest, WhoLeavesAnswersNothingNew) {
  Answer before, after;
  ask(*left_, before, "Wait", "a");
  loop_.run();
  right_->refuse_new();
  ask(*left_, after, "Echo", "b");
  loop_.run();
  EXPECT_EQ(after->error().kind, ErrorKind::kUnavailable);
  EXPECT_TRUE(right_->working());
  right_handler_.release();
  loop_.run();
  EXPECT_EQ(before->value(), "a");
  EXPECT_FALSE(right_->working());
}

}  // namespace
}  // namespace garage::net
