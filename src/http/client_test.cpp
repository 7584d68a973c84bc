#include "http/client.hpp"

#include <gtest/gtest.h>

#include "http/testing/server_fixture.hpp"

namespace garage::http {
namespace {

using testing::make_stream_pair;

Task<Result<ClientResponse>> exchange_on(std::unique_ptr<env::Stream> stream, ClientRequest request,
                                         ClientLimits limits) {
  co_return co_await exchange(*stream, std::move(request), limits, runtime::Loop::current()->now() + 5s);
}

class HttpClient : public testing::ServerTest {
 protected:
  // What the client makes of a server that says `answer`, then hangs up.
  Result<ClientResponse> hear_answer(std::string_view answer, ClientRequest request = {}, ClientLimits limits = {}) {
    auto [client, server] = make_stream_pair();
    server->push(answer);
    server->finish_writing();
    auto response = loop_.run_until_done(exchange_on(std::move(client), std::move(request), limits));
    sent_ = server->take();
    return response;
  }
  std::string sent_;
};

TEST_F(HttpClient, ReadsAnAnswerWithALength) {
  const auto response = hear_answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX-A: b\r\n\r\nabc");
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->headers.get("x-a"), "b");
  EXPECT_EQ(response->body, "abc");
  EXPECT_TRUE(response->keep_alive);
  EXPECT_EQ(sent_, "GET / HTTP/1.1\r\nHost: 10.0.0.2:80\r\n\r\n");
}

TEST_F(HttpClient, ReadsChunksAndTrailers) {
  const auto response =
      hear_answer("HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 1\r\n\r\n");
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "abcde");
  EXPECT_EQ(response->trailers.get("x-sum"), "1");
  EXPECT_FALSE(response->headers.has("x-sum"));
}

TEST_F(HttpClient, ReadsToTheEndWithoutALength) {
  const auto response = hear_answer("HTTP/1.0 200 OK\r\n\r\nabc");
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "abc");
  EXPECT_FALSE(response->keep_alive);
}

TEST_F(HttpClient, SkipsInterimAnswers) {
  const auto response =
      hear_answer("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nConnection: x, close\r\n\r\n");
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 204);
  EXPECT_FALSE(response->keep_alive);
}

TEST_F(HttpClient, HeadHasNoBody) {
  ClientRequest request;
  request.method = "HEAD";
  const auto response = hear_answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", std::move(request));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->headers.get("content-length"), "3");
  EXPECT_EQ(response->body, "");
}

TEST_F(HttpClient, RefusesBadAnswers) {
  const ClientLimits limits{.header_block_bytes_max = 100, .header_fields_max = 3, .body_bytes_max = 10};
  for (const auto& [answer, kind] : std::vector<std::pair<std::string, ErrorKind>>{
           {"", ErrorKind::kClosed},
           {"HTTP/1.1 200 OK\r\n", ErrorKind::kClosed},
           {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", ErrorKind::kClosed},
           {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", ErrorKind::kClosed},
           {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcd", ErrorKind::kCorrupt},
           {"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n01234567890", ErrorKind::kCorrupt},
           {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", ErrorKind::kCorrupt},
           {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc", ErrorKind::kCorrupt},
           {"HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nabc", ErrorKind::kCorrupt},
           {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc", ErrorKind::kCorrupt},
           {"HTTP/2.0 200 OK\r\n\r\n", ErrorKind::kCorrupt},
           {"HTTP/1.1 20 OK\r\n\r\n", ErrorKind::kCorrupt},
           {"HTTP/1.1 200 OK\r\na: 1\r\nb: 2\r\nc: 3\r\nd: 4\r\n\r\n", ErrorKind::kCorrupt},
           {"HTTP/1.1 200 OK\r\nbad line\r\n\r\n", ErrorKind::kCorrupt},
           {"HTTP/1.1 200 OK\r\nX: " + std::string(100, 'x'), ErrorKind::kCorrupt},
       }) {
    const auto response = hear_answer(answer, {}, limits);
    ASSERT_FALSE(response) << answer;
    EXPECT_EQ(response.error().kind, kind) << answer << ": " << response.error().message;
  }
}

TEST_F(HttpClient, WritesNothingThatCouldBeTwoRequests) {
  for (const char* target : {"/a b", "/a\r\nX: y", "", "/\t"}) {
    ClientRequest request;
    request.target = target;
    const auto response = hear_answer("HTTP/1.1 204 No\r\n\r\n", std::move(request));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().kind, ErrorKind::kInvalid);
    EXPECT_EQ(sent_, "");
  }
}

struct Words : BodySource {
  Task<Result<Chunk>> next() override {
    co_return given_ == 3 ? Chunk() : Chunk::own("word" + std::to_string(++given_));
  }

 private:
  int given_ = 0;
};

TEST_F(HttpClient, TalksToTheServer) {
  serve(testing::echo);
  for (const std::optional<uint64_t> length : {std::optional<uint64_t>(15), std::optional<uint64_t>()}) {
    ClientRequest request;
    request.method = "PUT";
    request.target = "/x?y";
    request.stream = std::make_unique<Words>();
    request.stream_length = length;
    const auto response = loop_.run_until_done(fetch(network_, {kAddress}, std::move(request), {}, loop_.now() + 5s));
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, "PUT /x?y: word1word2word3");
  }
  const auto nobody = loop_.run_until_done(fetch(network_, {"10.0.0.3:1"}, {}, {}, loop_.now() + 5s));
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().kind, ErrorKind::kUnavailable);
}

}  // namespace
}  // namespace garage::http
