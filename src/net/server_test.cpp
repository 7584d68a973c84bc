// Server and client together, over TLS on a memory network.
#include "net/server.hpp"

#include <gmock/gmock.h>

#include "base/testing/log_lines.hpp"
#include "net/testing/server_fixture.hpp"

namespace garage::net {
namespace {

using ServerTest = testing::ServerTest;
using ::testing::ElementsAre;
using Answer = std::optional<Result<std::string>>;

TEST_F(ServerTest, AnswersAClient) {
  start();
  auto connection = dial();
  ASSERT_TRUE(connection) << connection.error().message;
  EXPECT_EQ(*ask(**connection, "Echo", "hello"), "hello");
  EXPECT_EQ(*ask(**connection, "Echo", ""), "");
  EXPECT_EQ((*connection)->peer().id, testing::test_key('s').id);
  const std::string who = *ask(**connection, "Who", "");
  EXPECT_EQ(who.substr(64), " client");
  EXPECT_NE(who.substr(0, 64), (*connection)->peer().id.hex());
}

TEST_F(ServerTest, ErrorsTravelAsKindAndText) {
  start();
  auto connection = dial();
  const auto answer = ask(**connection, "Fail", "so it is");
  EXPECT_EQ(answer.error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(answer.error().message, "failed: so it is");
  EXPECT_EQ(*ask(**connection, "Echo", "and on"), "and on");
}

TEST_F(ServerTest, CarriesTheLargestMessageBothWays) {
  start();
  auto connection = dial();
  std::string large;
  large.reserve(kMessageBytesMax);
  for (size_t i = 0; large.size() < kMessageBytesMax; ++i) large.push_back(static_cast<char>(i * 7 + i / 256));
  EXPECT_TRUE(*ask(**connection, "Echo", large) == large);
  const auto above = ask(**connection, "Large", std::to_string(kMessageBytesMax + 1));
  EXPECT_EQ(above.error().kind, ErrorKind::kInternal);
  EXPECT_EQ(ask(**connection, "Large", std::to_string(kMessageBytesMax))->size(), kMessageBytesMax);
}

TEST_F(ServerTest, AnswersManyAtOnce) {
  start();
  auto connection = dial();
  std::vector<Answer> answers(50);
  for (size_t i = 0; i < answers.size(); ++i) {
    background_.spawn(
        testing::store((*connection)->call(i % 2 ? "Echo" : "Wait", std::to_string(i), in(60s)), answers[i]));
  }
  loop_.run();
  EXPECT_EQ(handler_.started, 50);
  EXPECT_TRUE(answers[1] && !answers[0]);
  handler_.release();
  loop_.run();
  for (size_t i = 0; i < answers.size(); ++i) EXPECT_EQ(answers[i]->value(), std::to_string(i));
}

TEST_F(ServerTest, AWrongSecretIsRefusedAndLoggedWithoutIt) {
  garage::testing::LogLines lines;
  start();
  const auto connection = dial("not the secret");
  EXPECT_EQ(connection.error().kind, ErrorKind::kDenied);
  EXPECT_EQ(connection.error().message, "refused by the node: the RPC secret differs");
  loop_.advance(2s);
  EXPECT_THAT(lines.all, ElementsAre("refused 10.0.0.1:1000: the RPC secret differs"));
  EXPECT_EQ(server_->connections(), 0u);
  EXPECT_EQ(handler_.started, 0);
}

TEST_F(ServerTest, OneAddressThatIsRefusedAgainAndAgainIsLoggedOnceAMinute) {
  garage::testing::LogLines lines;
  start();
  const std::string line = "refused 10.0.0.1:1000: the RPC secret differs";
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(dial("not the secret"));
  EXPECT_THAT(lines.all, ElementsAre(line));
  loop_.advance(60s);
  EXPECT_FALSE(dial("not the secret"));
  EXPECT_THAT(lines.all, ElementsAre(line, line + " (4 more of this kind were not written down)"));
}

// Who scans the port, with TLS or without, leaves no line.
TEST_F(ServerTest, NobodyWhoHasNotPassedTlsIsLogged) {
  garage::testing::LogLines lines;
  start();
  const auto connection = dial("a secret", 'x');  // it goes away: this is not the node that it looks for
  EXPECT_EQ(connection.error().kind, ErrorKind::kDenied);
  loop_.advance(2s);
  EXPECT_THAT(lines.all, ElementsAre());
  const auto stranger = network_.dial({kAddress}, {"10.0.0.9:1"});
  runtime::Loop::Scope scope(&loop_);
  // A record with a ClientHello that OpenSSL refuses: it asks for SSL 3.
  stranger->push(std::string("\x16\x03\x00\x00\x2f\x01\x00\x00\x2b\x03\x00", 11) + std::string(32, 'r') +
                 std::string("\x00\x00\x02\x00\x2f\x01\x00\x00\x00", 9));
  loop_.advance(2s);
  EXPECT_EQ(server_->connections(), 0u);
  EXPECT_THAT(lines.all, ElementsAre());
}

TEST_F(ServerTest, WhoIsTurnedAwayIsLoggedOnceAMinute) {
  garage::testing::LogLines lines;
  start({.connections_max = 1});
  const auto proven = dial();
  ASSERT_TRUE(proven);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(dial());
  EXPECT_THAT(lines.all, ElementsAre("too many connections: one from 10.0.0.1:1000 is closed"));
}

TEST_F(ServerTest, AnotherNodeThanAskedForIsNotSpokenTo) {
  start();
  const auto connection = dial("a secret", 'x');
  EXPECT_EQ(connection.error().kind, ErrorKind::kDenied);
  EXPECT_NE(connection.error().message.find(testing::test_key('x').id.hex()), std::string::npos);
}

TEST_F(ServerTest, NobodyThereIsSaid) {
  EXPECT_EQ(dial().error().kind, ErrorKind::kUnavailable);
}

TEST_F(ServerTest, DoesNotListenWithoutASecret) {
  Server server(network_, testing::test_key('s'), Secret(), HelloFacts{}, handler_);
  EXPECT_EQ(server.listen({kAddress}).error().kind, ErrorKind::kInvalid);
}

TEST_F(ServerTest, ASilentNewcomerIsCut) {
  start();
  const auto silent = network_.dial({kAddress}, {"10.0.0.9:1"});
  loop_.run();
  EXPECT_EQ(server_->connections(), 1u);
  loop_.advance(10s);
  loop_.advance(1s);  // for last words
  EXPECT_EQ(server_->connections(), 0u);
  EXPECT_TRUE(silent->peer_gone());
}

TEST_F(ServerTest, AnIdleConnectionIsClosedAndToldWhy) {
  start({.idle_timeout = 60s});
  auto connection = dial();
  loop_.advance(50s);
  EXPECT_EQ(*ask(**connection, "Echo", "x"), "x");
  loop_.advance(59s);
  EXPECT_TRUE((*connection)->open());
  loop_.advance(2s);
  EXPECT_FALSE((*connection)->open());
  EXPECT_EQ(ask(**connection, "Echo", "x").error().message,
            "the peer ended the connection: nothing was heard for too long");
}

TEST_F(ServerTest, ARequestInProgressIsNotIdle) {
  start({.idle_timeout = 5s});
  auto connection = dial();
  Answer answer;
  background_.spawn(testing::store((*connection)->call("Wait", "x", MonotonicTime::never()), answer));
  loop_.advance(600s);
  handler_.release();
  loop_.run();
  EXPECT_EQ(answer->value(), "x");
}

TEST_F(ServerTest, WhoIsProvenStaysWhoIsNotMakesRoom) {
  start({.connections_max = 2});
  auto proven = dial();
  ASSERT_TRUE(proven);
  const auto silent = network_.dial({kAddress}, {"10.0.0.9:1"});
  loop_.run();
  auto second = dial();
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_TRUE(silent->peer_gone());
  EXPECT_EQ(dial().error().kind, ErrorKind::kClosed);
  EXPECT_EQ(*ask(**proven, "Echo", "still"), "still");
}

TEST_F(ServerTest, OneAddressThatProvesNothingCutsItsOwn) {
  start({.handshakes_max = 4, .handshakes_per_address_max = 2});
  auto proven = dial();
  ASSERT_TRUE(proven);
  const auto other = network_.dial({kAddress}, {"10.0.0.8:1"});
  std::vector<std::unique_ptr<testing::MemoryStream>> silent;
  for (int i = 1; i <= 5; ++i) {
    silent.push_back(network_.dial({kAddress}, {"10.0.0.9:" + std::to_string(i)}));
    loop_.run();
  }
  EXPECT_EQ(server_->connections(), 4u);
  for (size_t i = 0; i < silent.size(); ++i) EXPECT_EQ(silent[i]->peer_gone(), i < 3) << i;
  EXPECT_FALSE(other->peer_gone());
  EXPECT_EQ(*ask(**proven, "Echo", "still"), "still");
}

TEST_F(ServerTest, OfAllWhoProveNothingTheLongestWaitingMakesRoom) {
  garage::testing::LogLines lines;
  start({.handshakes_max = 3, .handshakes_per_address_max = 2});
  std::vector<std::unique_ptr<testing::MemoryStream>> silent;
  for (int i = 1; i <= 5; ++i) {
    silent.push_back(network_.dial({kAddress}, {"10.0.1." + std::to_string(i) + ":1"}));
    loop_.run();
  }
  EXPECT_EQ(server_->connections(), 3u);
  for (size_t i = 0; i < silent.size(); ++i) EXPECT_EQ(silent[i]->peer_gone(), i < 2) << i;
  ASSERT_TRUE(dial());
  EXPECT_THAT(lines.all, ElementsAre("too many connections wait to prove who they are: one from 10.0.1.1 is closed"));
}

// OpenSSL would make room for it at once.
TEST_F(ServerTest, ALargeClientHelloThatIsOnlyAnnouncedIsRefused) {
  start();
  const auto stranger = network_.dial({kAddress}, {"10.0.0.9:1"});
  stranger->push(std::string("\x16\x03\x01\x00\x04\x01\x02\x01\x44", 9));
  loop_.advance(2s);
  EXPECT_EQ(server_->connections(), 0u);
  EXPECT_TRUE(stranger->peer_gone());
}

TEST_F(ServerTest, TooManyRequestsAtOnceAreRefused) {
  start({.requests_per_connection_max = 2});
  auto connection = dial();
  Answer first, second;
  background_.spawn(testing::store((*connection)->call("Wait", "1", in(60s)), first));
  background_.spawn(testing::store((*connection)->call("Wait", "2", in(60s)), second));
  loop_.run();
  EXPECT_EQ(ask(**connection, "Echo", std::string(500'000, 'x')).error().kind, ErrorKind::kOverloaded);
  handler_.release();
  loop_.run();
  EXPECT_TRUE(first->has_value() && second->has_value());
  EXPECT_EQ(*ask(**connection, "Echo", "3"), "3");
}

TEST_F(ServerTest, TooManyBytesAtOnceAreRefused) {
  start({.message_bytes_max = 1'000'000});
  auto connection = dial();
  Answer first;
  background_.spawn(testing::store((*connection)->call("Wait", std::string(900'000, 'x'), in(60s)), first));
  loop_.run();
  EXPECT_EQ(ask(**connection, "Echo", std::string(200'000, 'x')).error().kind, ErrorKind::kOverloaded);
  EXPECT_EQ(*ask(**connection, "Echo", "small"), "small");
  handler_.release();
  loop_.run();
  EXPECT_TRUE(first->has_value());
  EXPECT_EQ(ask(**connection, "Echo", std::string(200'000, 'x'))->size(), 200'000u);
}

TEST_F(ServerTest, AnAnswerNobodyWaitsForIsDropped) {
  start();
  auto connection = dial();
  const auto late = loop_.run_until_done((*connection)->call("Wait", "x", in(1s)));
  EXPECT_EQ(late.error().kind, ErrorKind::kTimeout);
  handler_.release();
  EXPECT_EQ(*ask(**connection, "Echo", "next"), "next");
  EXPECT_EQ(handler_.finished, 2);
}

TEST_F(ServerTest, AClientThatVanishesLeavesNothingBehind) {
  start();
  auto connection = dial();
  Answer answer;
  background_.spawn(testing::store((*connection)->call("Wait", "x", in(60s)), answer));
  loop_.run();
  connection->reset();
  loop_.run();
  EXPECT_EQ(server_->connections(), 1u);  // its handler is still at work
  handler_.release();
  loop_.run();
  EXPECT_EQ(server_->connections(), 0u);
}

TEST_F(ServerTest, StopLetsRequestsFinishAndRefusesNewOnes) {
  start();
  auto busy = dial(), idle = dial();
  Answer answer, late;
  background_.spawn(testing::store((*busy)->call("Wait", "x", in(60s)), answer));
  loop_.run();
  std::optional<int> stopped;
  background_.spawn(testing::store(ServerTest::stopped(*server_, 10s), stopped));
  loop_.run();
  EXPECT_FALSE((*idle)->open());
  EXPECT_TRUE((*busy)->open());
  EXPECT_EQ(dial().error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(ask(**busy, "Echo", "new").error().kind, ErrorKind::kUnavailable);
  EXPECT_FALSE(stopped);
  handler_.release();
  loop_.run();
  EXPECT_EQ(answer->value(), "x");
  EXPECT_TRUE(stopped);
  EXPECT_EQ(loop_.now().since_start, Duration(0));
}

TEST_F(ServerTest, StopCutsAfterTheGrace) {
  start();
  auto connection = dial();
  const auto silent = network_.dial({kAddress}, {"10.0.0.9:1"});
  Answer answer;
  background_.spawn(testing::store((*connection)->call("Wait", "x", in(60s)), answer));
  loop_.run();
  std::optional<int> stopped;
  background_.spawn(testing::store(ServerTest::stopped(*server_, 3s), stopped));
  loop_.run();
  EXPECT_TRUE(silent->peer_gone());
  loop_.advance(2s);
  EXPECT_FALSE(answer);
  loop_.advance(1s);
  EXPECT_EQ(answer->error().kind, ErrorKind::kClosed);
  EXPECT_FALSE(stopped);  // the handler has not returned
  handler_.release();
  loop_.run();
  EXPECT_TRUE(stopped);
}

}  // namespace
}  // namespace garage::net
