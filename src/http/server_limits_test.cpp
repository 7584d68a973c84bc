// What an ill-behaved client meets: refusals, timeouts, caps; and how the server stops.
#include <gtest/gtest.h>

#include "base/testing/log_lines.hpp"
#include "http/server.hpp"
#include "http/testing/server_fixture.hpp"
#include "runtime/signal.hpp"

namespace garage::http {
namespace {

using testing::body_of;
using testing::echo;
using testing::MemoryStream;
using testing::status_of;

using HttpLimits = testing::ServerTest;

const std::string kGet = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

TEST_F(HttpLimits, RefusesOnceAndCloses) {
  serve(echo);
  for (const auto& [bytes, status] : std::vector<std::pair<std::string, std::string>>{
           {"GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400 Bad Request"},
           {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
            "HTTP/1.1 501 Not Implemented"},
           {"GET / HTTP/2.0\r\nHost: h\r\n\r\n", "HTTP/1.1 505 HTTP Version Not Supported"},
           {"GET / HTTP/1.1\r\nHost: h\r\nConnection: \"\r\n\r\n", "HTTP/1.1 400 Bad Request"},
           {"HEAD / HTTP/1.1\r\n\r\n", "HTTP/1.1 400 Bad Request"},
           {"\x16\x03\x01\x02", "HTTP/1.1 400 Bad Request"},
           {"GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 414 URI Too Long"},
           {"GET /" + std::string(20000, 'a'), "HTTP/1.1 414 URI Too Long"},
           {"GET / HTTP/1.1\r\nX: " + std::string(20000, 'a'), "HTTP/1.1 431 Request Header Fields Too Large"},
       }) {
    auto client = dial();
    const std::string answer = say(*client, bytes + kGet);
    EXPECT_EQ(status_of(answer), status) << bytes.substr(0, 60);
    EXPECT_NE(answer.find("\r\nConnection: close\r\n"), std::string::npos);
    EXPECT_NE(body_of(answer), "") << "it says why";
    EXPECT_EQ(answer.find("\nHTTP/1.1 "), std::string::npos) << "nothing behind it is read as a request";
    EXPECT_TRUE(client->peer_finished());
  }
  EXPECT_EQ(handler_.calls, 0);
}

TEST_F(HttpLimits, LetsALargeHeadIn) {
  serve(echo);
  auto client = dial();
  const std::string large =
      "PUT /" + std::string(8000, 'a') + " HTTP/1.1\r\nHost: h\r\nX: " + std::string(8000, 'x') + "\r\n";
  EXPECT_EQ(status_of(say(*client, large + "Content-Length: 3\r\n\r\nabc")), "HTTP/1.1 200 OK");
  EXPECT_EQ(status_of(say(*client, large + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")),
            "HTTP/1.1 200 OK");
}

TEST_F(HttpLimits, TimesOutASlowHead) {
  serve(echo);
  auto client = dial();
  std::string heard;
  for (char c : std::string("GET / HTTP/1.1")) {
    heard += say(*client, std::string_view(&c, 1));
    loop_.advance(900ms);
  }
  heard += hear(*client);
  EXPECT_EQ(status_of(heard), "HTTP/1.1 408 Request Timeout");
  loop_.advance(3s);
  EXPECT_TRUE(client->peer_gone());
}

TEST_F(HttpLimits, ClosesIdleConnectionsInSilence) {
  serve(echo);
  auto fresh = dial();
  auto used = dial();
  loop_.advance(30s);
  say(*used, kGet);
  loop_.advance(31s);
  EXPECT_TRUE(fresh->peer_gone());
  EXPECT_FALSE(used->peer_gone());
  loop_.advance(30s);
  EXPECT_TRUE(used->peer_gone());
  EXPECT_EQ(hear(*used), "");
  EXPECT_EQ(server_->connections(), 0u);
}

TEST_F(HttpLimits, CapsConnectionsOfOneAddress) {
  garage::testing::LogLines lines;
  serve(echo, ServerOptions{.connections_per_address_max = 2});
  auto first = dial("10.0.0.1:1");
  auto second = dial("10.0.0.1:2");
  auto third = dial("10.0.0.1:3");
  auto other = dial("10.0.0.9:1");
  EXPECT_TRUE(third->peer_gone());
  EXPECT_TRUE(dial("10.0.0.1:5")->peer_gone());
  ASSERT_EQ(lines.all.size(), 1u) << "not one for each";
  EXPECT_EQ(lines.all[0], "too many connections from the address of 10.0.0.1:3: closed");
  EXPECT_FALSE(second->peer_gone());
  EXPECT_FALSE(other->peer_gone());
  hang_up(*first);
  auto again = dial("10.0.0.1:4");
  EXPECT_EQ(status_of(say(*again, kGet)), "HTTP/1.1 200 OK");
}

TEST_F(HttpLimits, TheLongestIdleMakesRoom) {
  serve(echo, ServerOptions{.connections_max = 2});
  auto first = dial();
  auto second = dial();
  say(*first, kGet);  // now the second has been idle longer
  auto third = dial();
  EXPECT_TRUE(second->peer_gone());
  EXPECT_FALSE(first->peer_gone());
  EXPECT_EQ(status_of(say(*third, kGet)), "HTTP/1.1 200 OK");
}

TEST_F(HttpLimits, AcceptsNobodyWhileAllAreBusy) {
  serve(echo, ServerOptions{.connections_max = 2});
  auto first = dial();
  auto second = dial();
  const std::string begun = "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n";
  say(*first, begun);
  say(*second, begun);
  auto third = dial();
  EXPECT_EQ(say(*third, kGet), "");
  EXPECT_EQ(server_->connections(), 2u);
  say(*first, "abc");
  EXPECT_EQ(status_of(hear(*third)), "HTTP/1.1 200 OK") << "the first became idle or left";
}

// --- stopping

Task<void> stop_then_note(Server& server, Duration grace, bool& stopped) {
  co_await server.stop(grace);
  stopped = true;
}

class HttpStop : public testing::ServerTest {
 protected:
  void begin_stop(Duration grace) {
    runtime::Loop::Scope scope(&loop_);
    tasks_.spawn(stop_then_note(*server_, grace, stopped_));
    loop_.run();
  }
  runtime::TaskGroup tasks_;
  bool stopped_ = false;
};

TEST_F(HttpStop, LetsRequestsFinish) {
  serve(echo);
  auto idle = dial();
  auto busy = dial();
  say(*busy, "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n");
  begin_stop(10s);
  EXPECT_EQ(dial(), nullptr);
  loop_.advance(1s);
  EXPECT_TRUE(idle->peer_gone());
  EXPECT_FALSE(stopped_);
  const std::string answer = say(*busy, "abc" + kGet);
  EXPECT_EQ(status_of(answer), "HTTP/1.1 200 OK");
  EXPECT_NE(answer.find("\r\nConnection: close\r\n"), std::string::npos);
  EXPECT_TRUE(busy->peer_finished());
  EXPECT_FALSE(stopped_) << "the client may still be reading the answer";
  hang_up(*busy);
  EXPECT_TRUE(stopped_);
  EXPECT_EQ(handler_.calls, 1);
}

TEST_F(HttpStop, AnswersWhatWasUnderWayOnAnIdleConnection) {
  serve(echo);
  auto idle = dial();
  begin_stop(10s);
  EXPECT_FALSE(idle->peer_gone());
  const std::string answer = say(*idle, kGet);
  EXPECT_EQ(status_of(answer), "HTTP/1.1 200 OK");
  EXPECT_NE(answer.find("\r\nConnection: close\r\n"), std::string::npos);
  hang_up(*idle);
  EXPECT_TRUE(stopped_);
}

TEST_F(HttpStop, AnswersConnectionsThatHadBegun) {
  serve(echo);
  auto& listener = network_.listener(kAddress);
  listener.set_patience(50ms);
  begin_stop(10s);
  EXPECT_TRUE(listener.turned_away());
  EXPECT_FALSE(listener.closed());
  auto late = dial();
  ASSERT_NE(late, nullptr) << "its handshake was done, but nobody had accepted it";
  loop_.advance(60ms);
  EXPECT_TRUE(listener.closed());
  EXPECT_EQ(status_of(say(*late, kGet)), "HTTP/1.1 200 OK");
  hang_up(*late);
  EXPECT_TRUE(stopped_);
}

TEST_F(HttpStop, CutsWhatOutlastsTheGrace) {
  serve(echo);
  auto busy = dial();
  say(*busy, "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n");
  begin_stop(10s);
  loop_.advance(9s);
  EXPECT_FALSE(stopped_);
  loop_.advance(1s);
  EXPECT_TRUE(stopped_);
  EXPECT_TRUE(busy->peer_gone());
}

TEST_F(HttpStop, WaitsForHandlers) {
  static runtime::Signal release;
  serve([](Request&) -> Task<Response> {
    co_await release.wait();
    co_return Response::text(200, "late");
  });
  auto client = dial();
  say(*client, kGet);
  begin_stop(1s);
  loop_.advance(5s);
  EXPECT_FALSE(stopped_);
  runtime::Loop::Scope scope(&loop_);
  release.notify_all();
  loop_.run();
  EXPECT_TRUE(stopped_);
}

Task<Response> huge(Request&) {
  co_return Response::text(200, std::string(10'000'000, 'x'));
}

TEST_F(HttpLimits, CutsAClientThatTakesNothing) {
  serve(huge);
  auto client = dial();
  {
    runtime::Loop::Scope scope(&loop_);
    client->push(kGet);
    loop_.run();
  }
  loop_.advance(200s);
  EXPECT_FALSE(client->peer_gone()) << "a slow client is given what the minimum rate allows for a step";
  loop_.advance(100s);
  EXPECT_TRUE(client->peer_gone());
}

}  // namespace
}  // namespace garage::http
