#include "http/gate.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/head_parser.hpp"

namespace garage::http {
namespace {

const std::string kStart = "PUT /b/k HTTP/1.1\r\n";
const std::string kHost = "Host: h\r\n";

struct Case {
  const char* what;
  std::string head;
  int status;  // 0: let in
};

std::string with(const std::string& fields) {
  return kStart + kHost + fields + "\r\n";
}
std::string with_line(const std::string& line) {
  return line + "\r\n" + kHost + "\r\n";
}
std::string with_host(const std::string& host) {
  return kStart + "Host:" + host + "\r\n\r\n";
}

void expect_all(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    const auto verdict = check_head(c.head, GateLimits());
    if (c.status == 0) {
      EXPECT_TRUE(verdict) << c.what << ": " << (verdict ? "" : verdict.error().reason);
      if (!verdict) continue;
      // What the gate lets in, the parser reads the same way.
      std::string copy = c.head;
      Request request;
      const auto refusal = parse_head(copy, *verdict, request);
      EXPECT_FALSE(refusal) << c.what << ": " << (refusal ? refusal->reason : "");
    } else {
      ASSERT_FALSE(verdict) << c.what;
      EXPECT_EQ(verdict.error().status, c.status) << c.what << ": " << verdict.error().reason;
    }
  }
}

TEST(Gate, TransferEncoding) {
  expect_all({
      {"chunked", with("Transfer-Encoding: chunked\r\n"), 0},
      {"any case, blanks around", with("transfer-ENCODING: \t Chunked \r\n"), 0},
      {"gzip", with("Transfer-Encoding: gzip\r\n"), 501},
      {"identity", with("Transfer-Encoding: identity\r\n"), 501},
      {"x-chunked", with("Transfer-Encoding: xchunked\r\n"), 501},
      {"a list", with("Transfer-Encoding: gzip, chunked\r\n"), 400},
      {"a list of one and nothing", with("Transfer-Encoding: chunked,\r\n"), 400},
      {"chunked twice in one", with("Transfer-Encoding: chunked, chunked\r\n"), 400},
      {"empty", with("Transfer-Encoding:\r\n"), 400},
      {"quoted", with("Transfer-Encoding: \"chunked\"\r\n"), 400},
      {"a parameter", with("Transfer-Encoding: chunked;q=1\r\n"), 400},
      {"two fields", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"two fields, one other", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"), 400},
      {"vertical tab before",
       with("Transfer-Encoding: \x0b"
            "chunked\r\n"),
       400},
      {"with a length before", with("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"with a length after", with("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n"), 400},
      {"other coding and a length", with("Transfer-Encoding: gzip\r\nContent-Length: 4\r\n"), 501},
      {"in HTTP/1.0", "PUT /b/k HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
  });
}

TEST(Gate, ContentLength) {
  expect_all({
      {"zero", with("Content-Length: 0\r\n"), 0},
      {"largest", with("Content-Length: 9223372036854775807\r\n"), 0},
      {"one more", with("Content-Length: 9223372036854775808\r\n"), 400},
      {"beyond 64 bits", with("Content-Length: 18446744073709551616\r\n"), 400},
      {"wraps to a small number", with("Content-Length: 18446744073709551620\r\n"), 400},
      {"twice the same", with("Content-Length: 4\r\nContent-Length: 4\r\n"), 400},
      {"two", with("Content-Length: 4\r\nContent-Length: 5\r\n"), 400},
      {"a list", with("Content-Length: 4, 4\r\n"), 400},
      {"plus", with("Content-Length: +4\r\n"), 400},
      {"minus", with("Content-Length: -4\r\n"), 400},
      {"hex", with("Content-Length: 0x4\r\n"), 400},
      {"blank inside", with("Content-Length: 4 4\r\n"), 400},
      {"empty", with("Content-Length: \r\n"), 400},
  });
}

TEST(Gate, Host) {
  expect_all({
      {"name", with_host(" bucket_1.s3.Example.com"), 0},
      {"port", with_host("h:3900"), 0},
      {"address", with_host("127.0.0.1:3900"), 0},
      {"IPv6", with_host("[::1]:3900"), 0},
      {"IPv6 without a port", with_host("[fe80::1]"), 0},
      {"trailing dot", with_host("example.com."), 0},
      {"missing", kStart + "\r\n", 400},
      {"missing in HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", 0},
      {"twice in HTTP/1.0", "GET / HTTP/1.0\r\n" + kHost + kHost + "\r\n", 400},
      {"bad in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a b\r\n\r\n", 400},
      {"twice", with(kHost), 400},
      {"twice, other case", with("hOST: other\r\n"), 400},
      {"empty", with_host(""), 400},
      {"a list", with_host("a, b"), 400},
      {"a user", with_host("user@h"), 400},
      {"a user and a password", with_host("user:pw@h"), 400},
      {"port too large", with_host("h:65536"), 400},
      {"port zero", with_host("h:0"), 400},
      {"port empty", with_host("h:"), 400},
      {"port not a number", with_host("h:80a"), 400},
      {"port with a sign", with_host("h:+80"), 400},
      {"two ports", with_host("h:80:80"), 400},
      {"only a port", with_host(":80"), 400},
      {"bracket open", with_host("[::1"), 400},
      {"bracket not an address", with_host("[example]"), 400},
      {"bytes behind the bracket", with_host("[::1]x"), 400},
      {"path", with_host("h/path"), 400},
      {"percent", with_host("h%2e"), 400},
      {"blank", with_host("a b"), 400},
      {"beyond ASCII", with_host("h\xc3\xa9"), 400},
  });
}

TEST(Gate, RequestLine) {
  const std::string path_max = "/" + std::string(8 * 1024 - 1, 'a');
  expect_all({
      {"plain", with_line("GET / HTTP/1.1"), 0},
      {"query", with_line("GET /b?list-type=2&prefix=a%2Fb HTTP/1.1"), 0},
      {"ancient", with_line("GET / HTTP/1.0"), 0},
      {"unknown method", with_line("BREW / HTTP/1.1"), 0},
      {"star", with_line("OPTIONS * HTTP/1.1"), 0},
      {"raw UTF-8", with_line("GET /\xc3\xa9 HTTP/1.1"), 0},
      {"longest target", with_line("GET " + path_max + " HTTP/1.1"), 0},
      {"longer target", with_line("GET " + path_max + "a HTTP/1.1"), 414},
      {"star for GET", with_line("GET * HTTP/1.1"), 400},
      {"absolute", with_line("GET http://h/ HTTP/1.1"), 400},
      {"authority", with_line("CONNECT h:80 HTTP/1.1"), 400},
      {"no slash", with_line("GET b/k HTTP/1.1"), 400},
      {"fragment", with_line("GET /a#b HTTP/1.1"), 400},
      {"control byte", with_line("GET /a\x01 HTTP/1.1"), 400},
      {"tab in the target", with_line("GET /a\tb HTTP/1.1"), 400},
      {"no target", with_line("GET HTTP/1.1"), 400},
      {"empty target", with_line("GET  HTTP/1.1"), 400},
      {"two blanks", with_line("GET  / HTTP/1.1"), 400},
      {"blank in the target", with_line("GET /a b HTTP/1.1"), 400},
      {"blank behind", with_line("GET / HTTP/1.1 "), 400},
      {"no version", with_line("GET /"), 400},
      {"bad method byte", with_line("G(T / HTTP/1.1"), 400},
      {"empty method", with_line(" / HTTP/1.1"), 400},
      {"long method", with_line(std::string(33, 'A') + " / HTTP/1.1"), 400},
      {"lower-case protocol", with_line("GET / http/1.1"), 400},
      {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\n", 505},
      {"HTTP/1.2", with_line("GET / HTTP/1.2"), 505},
      {"HTTP/0.9", with_line("GET / HTTP/0.9"), 505},
      {"two digits", with_line("GET / HTTP/1.10"), 400},
      {"empty", with_line(""), 400},
  });
}

TEST(Gate, Lines) {
  expect_all({
      {"no fields but the host", with(""), 0},
      {"empty value", with("X-A:\r\n"), 0},
      {"only blanks", with("X-A: \t \r\n"), 0},
      {"beyond ASCII", with("X-A: \xc3\xa9\xff\r\n"), 0},
      {"tab inside", with("X-A: a\tb\r\n"), 0},
      {"folded", with("X-A: a\r\n b\r\n"), 400},
      {"folded with a tab", with("X-A: a\r\n\tb\r\n"), 400},
      {"folded coding", with("Transfer-Encoding:\r\n chunked\r\n"), 400},
      {"folded at once", kStart + " X: y\r\n" + kHost + "\r\n", 400},
      {"blank before the colon", with("X-A : a\r\n"), 400},
      {"tab before the colon", with("Content-Length\t: 4\r\n"), 400},
      {"blank in the name", with("X A: a\r\n"), 400},
      {"no name", with(": a\r\n"), 400},
      {"no colon", with("X-A\r\n"), 400},
      {"bad name byte", with("X(A): a\r\n"), 400},
      {"name beyond ASCII", with("X\xc3\xa9: a\r\n"), 400},
      {"null in the value", with(std::string("X-A: a\0b\r\n", 10)), 400},
      {"escape in the value", with("X-A: \x1b\r\n"), 400},
      {"delete in the value", with("X-A: \x7f\r\n"), 400},
      {"bare return in the value", with("X-A: a\rb\r\n"), 400},
      {"bare return at its end", with("X-A: a\r\r\n"), 400},
      {"bare feed", kStart + kHost + "X-A: a\nX-B: b\r\n\r\n", 400},
      {"bare feed behind the request line", "GET / HTTP/1.1\n" + kHost + "\r\n", 400},
      {"bare feed as the empty line", kStart + kHost + "\n", 400},
      {"no empty line", kStart + kHost, 400},
      {"bytes behind", with("") + "x", 400},
      {"nothing", "", 400},
  });
}

TEST(Gate, Limits) {
  const GateLimits limits{.block_bytes_max = 200, .fields_max = 3, .target_bytes_max = 100};
  EXPECT_TRUE(check_head(with("a: 1\r\nb: 2\r\n"), limits));
  const auto many = check_head(with("a: 1\r\nb: 2\r\nc: 3\r\n"), limits);
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().status, 431);
  const auto large = check_head(with("a: " + std::string(200, 'x') + "\r\n"), limits);
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().status, 431);
}

TEST(HeadParser, TakesTheHeadApart) {
  std::string head =
      "PUT /b/a%2Fb?x=1&y=?#no HTTP/1.1\r\nHOST: h\r\nX-Amz-Meta-A:  one two \r\nx-amz-meta-a: Three\r\nExpect: "
      "100-Continue\r\n"
      "Content-Length: 12\r\nConnection: foo, Close\r\n\r\n";
  head.erase(head.find("#no"), 3);
  const auto framing = check_head(head, GateLimits());
  ASSERT_TRUE(framing);
  Request request;
  ASSERT_FALSE(parse_head(head, *framing, request));
  EXPECT_EQ(request.method, Method::kPut);
  EXPECT_EQ(request.method_text, "PUT");
  EXPECT_EQ(request.target, "/b/a%2Fb?x=1&y=?");
  EXPECT_EQ(request.raw_path, "/b/a%2Fb");
  EXPECT_EQ(request.raw_query, "x=1&y=?");
  EXPECT_EQ(request.headers.size(), 6u);
  EXPECT_EQ(request.headers.get("host"), "h");
  EXPECT_EQ(request.headers.get("x-amz-meta-a"), "one two");
  EXPECT_EQ(request.headers.get_all("x-amz-meta-a"), (std::vector<std::string_view>{"one two", "Three"}));
  EXPECT_EQ(request.headers.begin()->name, "host");
  EXPECT_EQ(request.content_length, 12u);
  EXPECT_FALSE(request.chunked);
  EXPECT_TRUE(request.expects_continue);
  EXPECT_FALSE(request.keep_alive);
}

TEST(HeadParser, RefusesAnotherReadingThanTheGates) {
  std::string head = with("Content-Length: 12\r\n");
  Request request;
  EXPECT_TRUE(parse_head(head, Framing{.http_1_0 = false, .chunked = false, .content_length = 13}, request));
  EXPECT_TRUE(parse_head(head, Framing{.http_1_0 = false, .chunked = false, .content_length = {}}, request));
  EXPECT_TRUE(parse_head(head, Framing{.http_1_0 = true, .chunked = false, .content_length = 12}, request));
  EXPECT_FALSE(parse_head(head, Framing{.http_1_0 = false, .chunked = false, .content_length = 12}, request));
}

TEST(HeadParser, KeepAliveFollowsTheVersion) {
  for (const auto& [head, keep_alive] : std::vector<std::pair<std::string, bool>>{
           {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", true},
           {"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", false},
           {"GET / HTTP/1.0\r\nHost: h\r\n\r\n", false},
           {"GET / HTTP/1.0\r\nHost: h\r\nConnection: Keep-Alive\r\n\r\n", true},
       }) {
    std::string copy = head;
    Request request;
    ASSERT_FALSE(parse_head(copy, *check_head(copy, GateLimits()), request));
    EXPECT_EQ(request.keep_alive, keep_alive) << head;
    EXPECT_FALSE(request.expects_continue);
  }
}

}  // namespace
}  // namespace garage::http
