// Bodies of requests: framing, trailers, early ends, what is left unread.
#include <gtest/gtest.h>

#include "http/testing/server_fixture.hpp"

namespace garage::http {
namespace {

using testing::body_of;
using testing::echo;
using testing::ignore_body;
using testing::read_all;
using testing::status_of;

using RequestBody = testing::ServerTest;

const std::string kChunked = "PUT /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
std::string counted(uint64_t length) {
  return "PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
}

Task<Response> trailers(Request& request) {
  std::string out;
  if (request.body->trailers().size() > 0) out += "early ";
  const auto body = co_await read_all(*request.body);
  if (!body) co_return Response::text(400, body.error().message);
  for (const Header& field : request.body->trailers())
    out.append(field.name).append("=").append(field.value).append(" ");
  out += request.headers.has("x-amz-copy-source") ? "merged" : "apart";
  co_return Response::text(200, out);
}

TEST_F(RequestBody, KeepsTrailersApart) {
  serve(trailers);
  auto client = dial();
  EXPECT_EQ(body_of(say(*client, kChunked + "1\r\nx\r\n0\r\nX-Amz-Copy-Source: /b/k\r\nA: b\r\n\r\n")),
            "x-amz-copy-source=/b/k a=b apart");
  EXPECT_EQ(body_of(say(*client, kChunked + "0\r\n\r\n")), "apart") << "nothing is left of the request before";
}

TEST_F(RequestBody, BadChunksEndTheConnection) {
  serve(echo);
  for (const char* bad : {"x\r\n", "5\r\nhelloX", "3\r\nabc\r\n0\r\nbad trailer\r\n\r\n"}) {
    auto client = dial();
    const std::string answer = say(*client, kChunked + bad + "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(status_of(answer), "HTTP/1.1 400 Bad Request") << bad;
    EXPECT_EQ(answer.find("HTTP/1.1", 1), std::string::npos) << "what follows is not read as a request";
    EXPECT_TRUE(client->peer_finished()) << bad;
  }
}

// Reads until an error and says which.
ErrorKind last_error;
Task<Response> note_error(Request& request) {
  const auto body = co_await read_all(*request.body);
  last_error = body ? ErrorKind::kInternal : body.error().kind;
  const auto again = co_await read_all(*request.body);
  EXPECT_EQ(again.has_value(), body.has_value()) << "an error stays";
  co_return Response::text(200, "");
}

TEST_F(RequestBody, TellsAnEarlyEndFromAnEnd) {
  serve(note_error);
  for (const std::string& request :
       {counted(10) + "short", kChunked + "5\r\nhel", kChunked + "5\r\nhello\r\n", kChunked + "5\r\nhello\r\n0\r\n"}) {
    auto client = dial();
    say(*client, request);
    last_error = ErrorKind::kInternal;
    {
      runtime::Loop::Scope scope(&loop_);
      client->finish_writing();
      loop_.run();
    }
    EXPECT_EQ(last_error, ErrorKind::kClosed) << request;
    EXPECT_TRUE(client->peer_gone());
  }
}

TEST_F(RequestBody, TimesOutWhenItStalls) {
  serve(note_error);
  auto client = dial();
  say(*client, counted(1000) + "some");
  loop_.advance(29s);
  EXPECT_EQ(handler_.calls, 1);
  EXPECT_EQ(hear(*client), "");
  loop_.advance(2s);
  EXPECT_EQ(last_error, ErrorKind::kTimeout);
}

TEST_F(RequestBody, TimesOutWhenItTrickles) {
  serve(note_error);
  auto client = dial();
  say(*client, counted(1'000'000));
  last_error = ErrorKind::kInternal;
  for (int second = 0; second < 31; ++second) {
    loop_.advance(1s);
    say(*client, std::string(500, 'x'));
  }
  EXPECT_EQ(last_error, ErrorKind::kTimeout);
}

TEST_F(RequestBody, SlowButSteadyIsFine) {
  serve(note_error);
  auto client = dial();
  say(*client, counted(200 * 1100));
  last_error = ErrorKind::kTimeout;
  for (int second = 0; second < 200; ++second) {
    loop_.advance(1s);
    say(*client, std::string(1100, 'x'));
  }
  EXPECT_EQ(last_error, ErrorKind::kInternal) << "no error";
}

Task<Response> read_large(Request& request) {
  std::string into(256 * 1024, '\0');
  uint64_t total = 0;
  uint64_t sum = 0;
  for (;;) {
    const auto size = co_await request.body->read(into);
    if (!size) co_return Response::text(400, size.error().message);
    if (*size == 0) break;
    total += *size;
    for (char c : std::string_view(into).substr(0, *size)) sum = sum * 31 + static_cast<unsigned char>(c);
  }
  co_return Response::text(200, std::to_string(total) + " " + std::to_string(sum));
}

TEST_F(RequestBody, LargeBodiesArriveWhole) {
  serve(read_large);
  std::string body(3'000'000, '\0');
  uint64_t sum = 0;
  for (size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 7 + i / 1000);
  for (char c : body) sum = sum * 31 + static_cast<unsigned char>(c);
  const std::string expected = "3000000 " + std::to_string(sum);
  auto client = dial();
  EXPECT_EQ(body_of(say(*client, counted(body.size()) + body)), expected);
  // Chunks from a few bytes to more than the direct path needs.
  std::string chunks = kChunked;
  for (size_t at = 0, size = 1; at < body.size(); at += size, size = size * 3 % 100'003 + 1) {
    const std::string piece = body.substr(at, size);
    char digits[20];
    snprintf(digits, sizeof digits, "%zx\r\n", piece.size());
    chunks += digits + piece + "\r\n";
  }
  client->out().read_bytes_max = 5000;
  EXPECT_EQ(body_of(say(*client, chunks + "0\r\n\r\n")), expected);
}

TEST_F(RequestBody, DrainsALittleAndKeepsTheConnection) {
  serve(ignore_body);
  auto client = dial();
  const std::string body(200'000, 'b');
  EXPECT_EQ(status_of(say(*client, counted(body.size()))), "HTTP/1.1 403 Forbidden")
      << "answered before the body comes";
  EXPECT_EQ(say(*client, body), "");
  EXPECT_EQ(status_of(say(*client, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")), "HTTP/1.1 403 Forbidden");
  const std::string both = say(*client, kChunked + "3\r\nabc\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_NE(both.find("HTTP/1.1 403", 10), std::string::npos) << "the second request is found behind the drained body";
}

TEST_F(RequestBody, FindsTheEndOfChunksInWhatCameWithTheHead) {
  serve(ignore_body);
  auto client = dial();
  const std::string whole = kChunked + "3\r\nabc\r\n5\r\nabcde\r\n0\r\nt: x\r\n\r\n";
  for (int i = 0; i < 2; ++i) EXPECT_EQ(say(*client, whole).find("Connection"), std::string::npos);
  EXPECT_FALSE(client->peer_finished());
  for (const std::string& part : {whole.substr(0, whole.size() - 2), kChunked + "3\r\nab", kChunked, kChunked + "x"}) {
    auto other = dial();
    const std::string answer = say(*other, part);
    EXPECT_NE(answer.find("\r\nConnection: close\r\n"), std::string::npos) << part;
    EXPECT_TRUE(other->peer_finished()) << part;
  }
}

TEST_F(RequestBody, ClosesRatherThanDrainALot) {
  serve(ignore_body);
  auto client = dial();
  const std::string answer = say(*client, counted(1'000'000));
  EXPECT_NE(answer.find("\r\nConnection: close\r\n"), std::string::npos);
  EXPECT_TRUE(client->peer_finished());
  EXPECT_FALSE(client->peer_gone()) << "it listens a little longer, so that the answer is not lost";
  loop_.advance(3s);
  EXPECT_TRUE(client->peer_gone());
}

TEST_F(RequestBody, DoesNotDrainForEver) {
  serve(ignore_body);
  auto slow = dial();
  say(*slow, counted(1000));
  loop_.advance(8s);
  EXPECT_TRUE(slow->peer_gone());
  auto endless = dial();
  const std::string answer = say(*endless, kChunked + "3\r\nabc\r\n");
  EXPECT_NE(answer.find("\r\nConnection: close\r\n"), std::string::npos) << "nobody knows how much is to come";
  say(*endless, "100000\r\n" + std::string(0x100000, 'x'));
  EXPECT_TRUE(endless->peer_finished());
  loop_.advance(3s);
  EXPECT_EQ(server_->connections(), 0u);
}

}  // namespace
}  // namespace garage::http
