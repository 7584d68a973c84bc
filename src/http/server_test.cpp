// What a well-behaved client sees: keep-alive, pipelining, HEAD, 100-continue, streams, dates.
#include "http/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/log_lines.hpp"
#include "http/testing/server_fixture.hpp"
#include "runtime/sleep.hpp"

namespace garage::http {
namespace {

using testing::body_of;
using testing::echo;
using ::testing::ElementsAre;
using testing::ignore_body;
using testing::status_of;

using HttpServer = testing::ServerTest;

TEST_F(HttpServer, AnswersInOneWrite) {
  serve(echo);
  auto client = dial();
  EXPECT_EQ(say(*client, "GET /a?b HTTP/1.1\r\nHost: h\r\n\r\n"),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nServer: garage\r\n"
            "Content-Length: 10\r\n\r\nGET /a?b: ");
}

TEST_F(HttpServer, KeepsTheConnectionAlive) {
  serve(echo);
  auto client = dial();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(body_of(say(*client, "PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc")), "PUT /a: abc");
    loop_.advance(50s);
  }
  EXPECT_FALSE(client->peer_finished());
  EXPECT_EQ(server_->connections(), 1u);
}

TEST_F(HttpServer, AnswersPipelinedRequestsInOrder) {
  serve(echo);
  auto client = dial();
  std::string requests;
  for (int i = 0; i < 50; ++i) {
    requests +=
        "PUT /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    requests += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n";
  }
  const std::string answers = say(*client, requests);
  size_t at = 0;
  for (int i = 0; i < 50; ++i) {
    at = answers.find("\r\n\r\nPUT /" + std::to_string(i) + ": abc", at);
    ASSERT_NE(at, std::string::npos) << i;
    at = answers.find("\r\n\r\nGET /" + std::to_string(i) + ": ", at);
    ASSERT_NE(at, std::string::npos) << i;
  }
  EXPECT_EQ(handler_.calls, 100);
}

TEST_F(HttpServer, ReadsARequestThatComesByteByByte) {
  serve(echo);
  auto client = dial();
  std::string answer;
  for (char c : std::string("PUT /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")) {
    EXPECT_EQ(answer, "");
    answer += say(*client, std::string_view(&c, 1));
  }
  EXPECT_EQ(body_of(answer), "PUT /a: abc");
}

TEST_F(HttpServer, WakesFromIdlenessWithoutLosingBytes) {
  serve(echo);
  auto client = dial();
  for (int i = 0; i < 3; ++i) {
    loop_.advance(30s);  // long enough to give the buffer back
    EXPECT_EQ(body_of(say(*client,
                          "PUT /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc")),
              "PUT /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: abc");
  }
}

TEST_F(HttpServer, ClosesWhenAsked) {
  serve(echo);
  auto client = dial();
  const std::string answer = say(*client, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_NE(answer.find("\r\nConnection: close\r\n"), std::string::npos);
  EXPECT_TRUE(client->peer_gone());
  EXPECT_EQ(server_->connections(), 0u);
}

TEST_F(HttpServer, SpeaksHttp10) {
  serve(echo);
  auto client = dial();
  const std::string kept = say(*client, "GET / HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_NE(kept.find("\r\nConnection: keep-alive\r\n"), std::string::npos);
  EXPECT_FALSE(client->peer_finished());
  say(*client, "GET / HTTP/1.0\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(client->peer_gone());
}

// --- Expect: 100-continue

const std::string kExpecting = "PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n";

TEST_F(HttpServer, SendsContinueAtTheFirstRead) {
  serve(echo);
  auto client = dial();
  EXPECT_EQ(say(*client, kExpecting), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(body_of(say(*client, "abc")), "PUT /a: abc");
}

TEST_F(HttpServer, SendsContinueForAnEmptyBodyToo) {
  serve(echo);
  auto client = dial();
  const std::string expecting = "PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n";
  for (int round = 0; round < 2; ++round) {
    const std::string answer = say(*client, expecting);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")) << answer;
  }
}

TEST_F(HttpServer, SendsNoContinueToABodyThatIsThere) {
  serve(echo);
  auto client = dial();
  EXPECT_EQ(status_of(say(*client, kExpecting + "abc")), "HTTP/1.1 200 OK");
}

TEST_F(HttpServer, SendsNoContinueWhenTheHandlerDoesNotRead) {
  serve(ignore_body);
  auto client = dial();
  const std::string answer = say(*client, kExpecting);
  EXPECT_EQ(status_of(answer), "HTTP/1.1 403 Forbidden");
  EXPECT_NE(answer.find("\r\nConnection: close\r\n"), std::string::npos) << "the client may or may not send the body";
  EXPECT_TRUE(client->peer_finished());
}

TEST_F(HttpServer, IgnoresOtherExpectations) {
  serve(echo);
  auto client = dial();
  for (const char* expect : {"200", "", "100-continued"}) {
    const std::string request =
        std::string("PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: ") + expect + "\r\n\r\n";
    EXPECT_EQ(say(*client, request), "");
    EXPECT_EQ(body_of(say(*client, "abc")), "PUT /a: abc");
  }
}

// --- HEAD and statuses without a body

Task<Response> entity(Request& request) {
  Response response = Response::text(200, "0123456789");
  if (request.raw_path == "/length") {
    response.body.clear();
    response.entity_length = 12345;
  }
  if (request.raw_path == "/none") response.status = 204;
  if (request.raw_path == "/same") response.status = 304;
  co_return response;
}

TEST_F(HttpServer, SendsTheHeadOnly) {
  serve(entity);
  auto client = dial();
  const std::string answer = say(*client, "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_NE(answer.find("\r\nContent-Length: 10\r\n"), std::string::npos);
  EXPECT_EQ(body_of(answer), "");
  const std::string declared = say(*client, "HEAD /length HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_NE(declared.find("\r\nContent-Length: 12345\r\n"), std::string::npos);
  EXPECT_EQ(body_of(say(*client, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")), "0123456789") << "in step after the heads";
}

TEST_F(HttpServer, SendsNoBodyWhereNoneBelongs) {
  serve(entity);
  auto client = dial();
  for (const char* path : {"/none", "/same"}) {
    const std::string answer = say(*client, std::string("GET ") + path + " HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(answer.find("Content-Length"), std::string::npos) << path;
    EXPECT_EQ(body_of(answer), "") << path;
  }
}

// --- streamed answers

struct CountingSource : BodySource {
  CountingSource(size_t chunks, size_t chunk_bytes, size_t fails_at)
      : chunks_(chunks), size_(chunk_bytes), fails_at_(fails_at) {}
  Task<Result<Chunk>> next() override {
    if (given == fails_at_) co_return fail(ErrorKind::kCorrupt, "bad block");
    if (given == chunks_) co_return Chunk();
    ++given;
    co_return Chunk::own(std::string(size_, static_cast<char>('a' + given % 26)));
  }
  static inline size_t given = 0;

 private:
  size_t chunks_;
  size_t size_;
  size_t fails_at_;
};

Response stream_of(size_t chunks, size_t chunk_bytes, bool with_length, size_t fails_at = SIZE_MAX) {
  CountingSource::given = 0;
  Response response;
  response.stream = std::make_unique<CountingSource>(chunks, chunk_bytes, fails_at);
  if (with_length) response.stream_length = chunks * chunk_bytes;
  return response;
}

Task<Response> streams(Request& request) {
  if (request.raw_path == "/large") co_return stream_of(100, 1'000'000, true);
  if (request.raw_path == "/chunked") co_return stream_of(3, 5, false);
  if (request.raw_path == "/empty") co_return stream_of(0, 1, request.raw_query == "length");
  if (request.raw_path == "/breaks") co_return stream_of(5, 10, request.raw_query == "length", 3);
  if (request.raw_path == "/fails") co_return stream_of(5, 10, request.raw_query == "length", 0);
  if (request.raw_path == "/short") {
    Response response = stream_of(2, 10, true);
    response.stream_length = 30;
    co_return response;
  }
  if (request.raw_path == "/long") {
    Response response = stream_of(4, 10, true);
    response.stream_length = 35;
    co_return response;
  }
  co_return Response::text(404, "");
}

std::string get(const std::string& target, const std::string& method = "GET") {
  return method + " " + target + " HTTP/1.1\r\nHost: h\r\n\r\n";
}

TEST_F(HttpServer, TakesNoMoreFromASourceThanTheClientTakes) {
  serve(streams);
  auto client = dial();
  {
    runtime::Loop::Scope scope(&loop_);
    client->push(get("/large"));
    loop_.run();
  }
  EXPECT_EQ(CountingSource::given, 1u) << "the client has taken nothing yet";
  const std::string answer = hear(*client);
  EXPECT_EQ(CountingSource::given, 100u);
  EXPECT_EQ(body_of(answer).size(), 100'000'000u);
  EXPECT_NE(answer.find("\r\nContent-Length: 100000000\r\n"), std::string::npos);
  EXPECT_EQ(status_of(say(*client, get("/no"))), "HTTP/1.1 404 Not Found");
}

TEST_F(HttpServer, SendsChunksWhereTheLengthIsUnknown) {
  serve(streams);
  auto client = dial();
  const std::string answer = say(*client, get("/chunked"));
  EXPECT_NE(answer.find("\r\nTransfer-Encoding: chunked\r\n"), std::string::npos);
  EXPECT_EQ(answer.find("Content-Length"), std::string::npos);
  EXPECT_EQ(body_of(answer), "5\r\nbbbbb\r\n5\r\nccccc\r\n5\r\nddddd\r\n0\r\n\r\n");
  EXPECT_EQ(body_of(say(*client, get("/empty"))), "0\r\n\r\n");
  EXPECT_EQ(body_of(say(*client, get("/empty?length"))), "");
  EXPECT_EQ(body_of(say(*client, get("/chunked", "HEAD"))), "");
  EXPECT_FALSE(client->peer_finished());
}

TEST_F(HttpServer, GathersForHttp10) {
  serve(streams);
  auto client = dial();
  const std::string answer = say(*client, "GET /chunked HTTP/1.0\r\nHost: h\r\n\r\n");
  EXPECT_EQ(answer.find("Transfer-Encoding"), std::string::npos);
  EXPECT_NE(answer.find("\r\nContent-Length: 15\r\n"), std::string::npos);
  EXPECT_EQ(body_of(answer), "bbbbbcccccddddd");
}

TEST_F(HttpServer, CutsAnAnswerWhoseSourceFails) {
  serve(streams);
  for (const char* target : {"/breaks", "/breaks?length", "/short", "/long"}) {
    auto client = dial();
    const std::string answer = say(*client, get(target));
    EXPECT_TRUE(client->peer_gone()) << target;
    EXPECT_EQ(status_of(answer), "HTTP/1.1 200 OK") << target;
    EXPECT_FALSE(body_of(answer).ends_with("0\r\n\r\n")) << target << " must not look complete";
    EXPECT_LE(body_of(answer).size(), 30u + 3 * 5) << target;
  }
}

TEST_F(HttpServer, AnswersAnErrorIfTheSourceFailsBeforeTheFirstByte) {
  serve(streams);
  for (const char* target : {"/fails", "/fails?length"}) {
    auto client = dial();
    EXPECT_EQ(status_of(say(*client, get(target))), "HTTP/1.1 500 Internal Server Error") << target;
    EXPECT_FALSE(client->peer_finished());
  }
}

TEST_F(HttpServer, TellsOfAnswersThatItsSourceDidNotFinish) {
  garage::testing::LogLines lines;
  serve(streams);
  for (const char* target : {"/breaks?length", "/breaks?x", "/fails?length"}) say(*dial(), get(target));
  EXPECT_THAT(
      lines.all,
      ElementsAre("the answer to GET /breaks of 10.0.0.1:1000 was broken off: bad block, with 20 bytes to go",
                  "the answer to GET /breaks of 10.0.0.1:1000 was broken off: bad block",
                  "the answer to GET /fails of 10.0.0.1:1000 could not be begun: bad block, with 50 bytes to go"));
  EXPECT_THAT(handler_.failed, ElementsAre("/breaks?length", "/breaks?x", "/fails?length"));
}

TEST_F(HttpServer, TellsNothingOfClientsThatGoAway) {
  garage::testing::LogLines lines;
  serve(streams);
  auto client = dial();
  {
    runtime::Loop::Scope scope(&loop_);
    client->push(get("/large"));
    loop_.run();
  }
  hang_up(*client);
  EXPECT_EQ(server_->connections(), 0u);
  EXPECT_THAT(lines.all, ElementsAre());
  EXPECT_THAT(handler_.failed, ElementsAre());
}

TEST_F(HttpServer, DateFollowsTheClock) {
  serve(echo);
  auto client = dial();
  say(*client, get("/"));
  clock_.now.unix_ms += 1000;
  EXPECT_NE(say(*client, get("/")).find("\r\nDate: Sun, 06 Nov 1994 08:49:38 GMT\r\n"), std::string::npos);
}

Task<Response> peer_name(Request& request) {
  co_return Response::text(200, request.peer);
}

TEST_F(HttpServer, TellsThePeer) {
  serve(peer_name);
  auto client = dial("[2001:db8::1]:1234");
  EXPECT_EQ(body_of(say(*client, "GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n")),
            "[2001:db8::1]:1234");
}

}  // namespace
}  // namespace garage::http
