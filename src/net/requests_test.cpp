// The answering side against an asker who knows the secret and does not keep to the rules.
#include "net/requests.hpp"

#include <gmock/gmock.h>

#include "net/message.hpp"
#include "net/testing/server_fixture.hpp"

namespace garage::net {
namespace {

using ::testing::AllOf;
using ::testing::Contains;

class RequestsTest : public testing::NetTest {
 protected:
  RequestsTest() {
    auto [near, far] = testing::make_stream_pair();
    far_ = std::move(far);
    far_->in().capacity = 1'000'000'000;
    FrameReader reader(*near, kFramePayloadBytesMax);
    link_ = std::make_shared<Link>(std::move(near), std::move(reader), PeerInfo{}, false, 30s);
    requests_ = std::make_unique<Requests>(link_, handler_, ServerOptions{.requests_per_connection_max = 4});
  }
  ~RequestsTest() override {
    handler_.release();
    link_->close();
    loop_.run();
  }

  ErrorKind take(uint32_t stream, FrameType type, std::string_view payload = {}) {
    const auto taken = requests_->take({.head = {.stream = stream, .type = type}, .payload = payload});
    loop_.run();
    return taken ? ErrorKind::kInternal : taken.error().kind;
  }
  static constexpr ErrorKind kFine = ErrorKind::kInternal;
  ErrorKind open(uint32_t stream, const std::string& operation = "Echo") {
    return take(stream, FrameType::kRequest, encode_request_head({operation}));
  }
  // "stream type text" of each frame sent meanwhile.
  std::vector<std::string> answers() { return frames_in(far_->take()); }
  static std::vector<std::string> frames_in(const std::string& bytes) {
    std::string_view rest = bytes;
    std::vector<std::string> out;
    for (auto frame = take_frame(rest); frame && *frame; frame = take_frame(rest)) {
      const Frame& got = **frame;
      std::string line = std::to_string(got.head.stream);
      if (got.head.type == FrameType::kData) line += " data " + std::string(got.payload);
      if (got.head.type == FrameType::kEnd) line += " end";
      if (got.head.type == FrameType::kError)
        line += " error " + std::string(to_string(decode_error(got.payload).kind));
      out.push_back(line);
    }
    return out;
  }

  using Lines = std::vector<std::string>;
  testing::TestHandler handler_;
  std::unique_ptr<testing::MemoryStream> far_;
  std::shared_ptr<Link> link_;
  std::unique_ptr<Requests> requests_;
};

TEST_F(RequestsTest, AStreamNumberMayBeUsedAgainWhenItIsOver) {
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(open(1), kFine);
    EXPECT_EQ(take(1, FrameType::kData, "hel"), kFine);
    EXPECT_EQ(take(1, FrameType::kData, "lo"), kFine);
    EXPECT_EQ(take(1, FrameType::kEnd), kFine);
    EXPECT_EQ(answers(), (Lines{"1 data hello", "1 end"}));
  }
}

TEST_F(RequestsTest, WhatBreaksTheRulesIsAnError) {
  EXPECT_EQ(open(2), ErrorKind::kCorrupt);  // even numbers are ours
  EXPECT_EQ(take(1, FrameType::kData, "x"), ErrorKind::kCorrupt);
  EXPECT_EQ(take(1, FrameType::kEnd), ErrorKind::kCorrupt);
  EXPECT_EQ(open(1, "Wait"), kFine);
  EXPECT_EQ(open(1), ErrorKind::kCorrupt);
  EXPECT_EQ(take(1, FrameType::kCredit), ErrorKind::kCorrupt);
  EXPECT_EQ(take(1, FrameType::kHello), ErrorKind::kCorrupt);
  EXPECT_EQ(take(1, FrameType::kError), ErrorKind::kCorrupt);
  EXPECT_EQ(take(1, FrameType::kEnd, "x"), ErrorKind::kCorrupt);
  EXPECT_EQ(take(1, FrameType::kEnd), kFine);
  EXPECT_EQ(take(1, FrameType::kData, "x"), ErrorKind::kCorrupt);
  EXPECT_EQ(take(1, FrameType::kEnd), ErrorKind::kCorrupt);
}

TEST_F(RequestsTest, ABadHeadIsAnsweredAndItsBodyForgotten) {
  EXPECT_EQ(take(1, FrameType::kRequest, "\x01\x50"), kFine);
  EXPECT_EQ(answers(), Lines{"1 error invalid"});
  EXPECT_EQ(take(1, FrameType::kData, "x"), kFine);
  EXPECT_EQ(take(1, FrameType::kEnd), kFine);
  EXPECT_EQ(handler_.started, 0);
  EXPECT_EQ(take(1, FrameType::kData, "x"), ErrorKind::kCorrupt);  // forgotten
}

TEST_F(RequestsTest, TooLargeARequestIsAnsweredAtOnce) {
  EXPECT_EQ(open(1), kFine);
  const std::string piece(kFramePayloadBytesMax, 'x');
  for (size_t size = 0; size < kMessageBytesMax; size += piece.size())
    EXPECT_EQ(take(1, FrameType::kData, piece), kFine);
  EXPECT_TRUE(answers().empty());
  EXPECT_EQ(take(1, FrameType::kData, "x"), kFine);
  EXPECT_EQ(answers(), Lines{"1 error invalid"});
  EXPECT_EQ(take(1, FrameType::kData, piece), kFine);
  EXPECT_EQ(take(1, FrameType::kEnd), kFine);
  EXPECT_EQ(handler_.started, 0);
}

TEST_F(RequestsTest, CancelEndsAStreamInEveryState) {
  EXPECT_EQ(take(9, FrameType::kCancel), kFine);  // crossed our answer

  EXPECT_EQ(open(1), kFine);
  EXPECT_EQ(take(1, FrameType::kData, "half"), kFine);
  EXPECT_EQ(take(1, FrameType::kCancel), kFine);
  EXPECT_EQ(answers(), Lines{"1 error closed"});

  EXPECT_EQ(open(1, "Wait"), kFine);
  EXPECT_EQ(take(1, FrameType::kEnd), kFine);
  EXPECT_EQ(take(1, FrameType::kCancel), kFine);
  EXPECT_TRUE(answers().empty());
  handler_.release();
  loop_.run();
  EXPECT_EQ(answers(), Lines{"1 error closed"});
  EXPECT_EQ(open(1), kFine);
}

TEST_F(RequestsTest, CancelStopsALargeAnswer) {
  far_->in().capacity = 1000;
  EXPECT_EQ(open(1, "Large"), kFine);
  EXPECT_EQ(take(1, FrameType::kData, "1000000"), kFine);
  EXPECT_EQ(take(1, FrameType::kEnd), kFine);
  EXPECT_EQ(take(1, FrameType::kCancel), kFine);
  far_->in().capacity = 10'000'000;
  const std::string first = far_->take();
  loop_.run();
  const std::string all = first + far_->take();
  EXPECT_LT(all.size(), 70'000u);
  EXPECT_EQ(open(1), kFine);
}

// Answers count until their last frame is out. Who takes them slowly may still ask what is small.
TEST_F(RequestsTest, SmallQuestionsFindRoomBesideLargeAnswers) {
  Requests narrow(link_, handler_, {.requests_per_connection_max = 20, .message_bytes_max = 1'000'000});
  far_->in().capacity = 1000;
  uint32_t stream = 1;
  const auto ask = [&](const std::string& operation, const std::string& body) {
    for (const auto& [type, payload] : {std::pair(FrameType::kRequest, encode_request_head({operation})),
                                        std::pair(FrameType::kData, body), std::pair(FrameType::kEnd, std::string())}) {
      EXPECT_TRUE(narrow.take({.head = {.stream = stream, .type = type}, .payload = payload}));
      loop_.run();
    }
    stream += 2;
  };
  for (int i = 0; i < 4; ++i) ask("Large", "250000");
  ask("Echo", "small");
  EXPECT_EQ(handler_.finished, 5);
  ask("Echo", std::string(5000, 'x'));
  EXPECT_EQ(handler_.finished, 5) << "there is no room for that";
  for (int i = 0; i < 4; ++i) ask("Large", "250000");
  EXPECT_EQ(handler_.finished, 9);
  ask("Echo", "too much");
  EXPECT_EQ(handler_.finished, 9) << "nor is there without end";
  far_->in().capacity = 10'000'000;
  std::string bytes = far_->take();
  loop_.run();
  bytes += far_->take();
  EXPECT_THAT(frames_in(bytes),
              AllOf(Contains("9 data small"), Contains("11 error overloaded"), Contains("21 error overloaded")));
  link_->close();
  loop_.run();
}

TEST_F(RequestsTest, RefusedStreamsAreBoundedToo) {
  const std::string head = encode_request_head({"Echo"});
  uint32_t stream = 1;
  const auto open_next = [&] {
    stream += 2;
    return requests_->take({.head = {.stream = stream, .type = FrameType::kRequest}, .payload = head}).has_value();
  };
  size_t opened = 0;
  while (open_next()) ++opened;
  loop_.run();
  EXPECT_EQ(opened, 4 + 4096u);
  EXPECT_EQ(answers().size(), 4096u);
}

}  // namespace
}  // namespace garage::net
