#include "net/send_queue.hpp"

#include <memory>

#include "net/testing/net_fixture.hpp"
#include "runtime/signal.hpp"

namespace garage::net {
namespace {

class SendQueueTest : public testing::NetTest {
 protected:
  // Writes names in the order in which they go out; the line is busy until free_line().
  static Task<void> send(SendQueueTest& test, std::string name, uint8_t priority, size_t bytes) {
    SendQueue::Parcel parcel{.pieces = {name}, .bytes = bytes, .priority = priority, .outcome = {}};
    co_await test.queue_.turn(parcel);
    if (!parcel.outcome) {
      const auto others = test.queue_.companions(parcel, 100);
      std::string write = name;
      for (const auto* other : others) write.append("+").append(other->pieces[0]);
      test.writes_.push_back(write);
      while (!test.free_) co_await test.changed_.wait();
      test.queue_.done(others, test.result_);
      parcel.outcome = test.result_;
    }
    if (!*parcel.outcome) ++test.failed_;
  }
  void send(const std::string& name, uint8_t priority, size_t bytes = 60) {
    background_.spawn(send(*this, name, priority, bytes));
  }
  void free_line() {
    free_ = true;
    changed_.notify_all();
    loop_.run();
  }

  SendQueue queue_;
  std::vector<std::string> writes_;
  Result<void> result_;
  int failed_ = 0;
  bool free_ = false;
  runtime::Signal changed_;
};

TEST_F(SendQueueTest, TheMostUrgentGoesFirst) {
  send("first", 2);
  send("background", 2);
  send("normal", 1);
  send("beyond all", 200);
  send("urgent", 0);
  send("normal too", 1);
  free_line();
  EXPECT_EQ(writes_, (std::vector<std::string>{"first", "urgent", "normal", "normal too", "background", "beyond all"}));
}

TEST_F(SendQueueTest, WhatIsSmallGoesTogether) {
  send("first", 1);
  for (const char* name : {"a", "b", "c"}) send(name, 1, 30);
  send("large", 1, 1000);
  send("d", 1, 30);
  free_line();
  EXPECT_EQ(writes_, (std::vector<std::string>{"first", "a+b+c", "large", "d"}));
}

TEST_F(SendQueueTest, AFailureIsToldToAllThatWereSentAlong) {
  result_ = fail(ErrorKind::kClosed, "cut");
  send("first", 1);
  for (const char* name : {"a", "b"}) send(name, 1, 30);
  free_line();
  EXPECT_EQ(writes_.size(), 2u);
  EXPECT_EQ(failed_, 3);
}

TEST_F(SendQueueTest, TheLeastUrgentAreNotForgotten) {
  send("first", 0);
  send("patient", 2);
  for (int i = 0; i < 40; ++i) send("urgent", 0);
  free_line();
  const auto place = std::ranges::find(writes_, "patient") - writes_.begin();
  EXPECT_GT(place, 10);
  EXPECT_LT(place, 20);
}

}  // namespace
}  // namespace garage::net
