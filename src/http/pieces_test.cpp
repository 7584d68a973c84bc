// The small parts: header blocks, dates, the read buffer, the scanner.
#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "http/head_scanner.hpp"
#include "http/header_block.hpp"
#include "http/http_date.hpp"
#include "http/read_buffer.hpp"
#include "http/response.hpp"

namespace garage::http {
namespace {

TEST(HeaderBlock, WritesFindsReplacesAndRemoves) {
  HeaderBlock block;
  EXPECT_TRUE(block.add("ETag", "\"a\""));
  EXPECT_TRUE(block.add("X-Count", uint64_t{18446744073709551615u}));
  EXPECT_TRUE(block.add("x-empty", ""));
  EXPECT_EQ(block.text(), "ETag: \"a\"\r\nX-Count: 18446744073709551615\r\nx-empty: \r\n");
  EXPECT_EQ(block.get("etag"), "\"a\"");
  EXPECT_EQ(block.get("X-EMPTY"), "");
  EXPECT_FALSE(block.has("tag"));
  block.add("etag", "second");
  block.set("ETAG", "third");
  EXPECT_EQ(block.text(), "X-Count: 18446744073709551615\r\nx-empty: \r\nETAG: third\r\n");
  block.remove("x-count");
  EXPECT_EQ(block.text(), "x-empty: \r\nETAG: third\r\n");
}

TEST(HeaderBlock, LetsNoValueStartAnotherField) {
  HeaderBlock block;
  EXPECT_TRUE(block.add("Location", std::string_view("/a\r\nSet-Cookie: b\0c\x7f", 20)));
  EXPECT_EQ(block.text(), "Location: /a  Set-Cookie: b c \r\n");
}

TEST(HeaderBlock, LeavesFramingToTheConnection) {
  HeaderBlock block;
  for (const char* name :
       {"Content-Length", "transfer-encoding", "CONNECTION", "Date", "Server", "", "a b", "a:", "a\r\n"}) {
    EXPECT_FALSE(block.add(name, "x")) << name;
  }
  EXPECT_TRUE(block.empty());
}

TEST(HttpDate, RoundTripsAndReadsOldForms) {
  const WallTime time{784111777000};
  EXPECT_EQ(format_http_date(WallTime{784111777999}), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), time);
  EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT"), time);
  EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994"), time);
  EXPECT_EQ(format_http_date(WallTime{0}), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(format_http_date(WallTime{~uint64_t{0}}), "Fri, 31 Dec 9999 23:59:59 GMT");
  EXPECT_EQ(parse_http_date("Thu, 29 Feb 2024 23:59:59 GMT"), WallTime{1709251199000});
  for (const char* bad :
       {"", "Sun", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 GMT ", "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 30 Feb 2024 00:00:00 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1969 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC"}) {
    EXPECT_FALSE(parse_http_date(bad)) << bad;
  }
}

TEST(HttpDate, CacheFollowsTheSecond) {
  DateCache cache;
  EXPECT_EQ(cache.text(WallTime{784111777000}), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(cache.text(WallTime{784111777999}), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(cache.text(WallTime{784111778000}), "Sun, 06 Nov 1994 08:49:38 GMT");
}

void receive(ReadBuffer& buffer, std::string_view bytes) {
  const auto space = buffer.space();
  ASSERT_GE(space.size(), bytes.size());
  std::memcpy(space.data(), bytes.data(), bytes.size());
  buffer.received(bytes.size());
}

TEST(ReadBuffer, KeepsThePinnedHeadInPlace) {
  ReadBuffer buffer(10);
  receive(buffer, "xxHEADab");
  buffer.consume(2);
  const auto head = buffer.pin(4);
  EXPECT_EQ(std::string_view(head.data(), head.size()), "HEAD");
  EXPECT_EQ(buffer.unread(), "ab");
  receive(buffer, "cdef");
  EXPECT_TRUE(buffer.space().empty());
  buffer.consume(5);
  EXPECT_EQ(buffer.space().size(), 5u) << "unread bytes move up to the head";
  EXPECT_EQ(buffer.unread(), "f");
  buffer.consume(1);
  EXPECT_EQ(buffer.space().size(), 6u);
  EXPECT_EQ(std::string_view(head.data(), head.size()), "HEAD");
  buffer.unpin();
  EXPECT_EQ(buffer.space().size(), 10u);
}

TEST(ReadBuffer, GrowsWithItsBytes) {
  ReadBuffer buffer(4);
  receive(buffer, "abcd");
  buffer.consume(1);
  buffer.grow(8);
  EXPECT_EQ(buffer.unread(), "bcd");
  receive(buffer, "efghi");
  EXPECT_EQ(buffer.unread(), "bcdefghi");
}

TEST(HeadScanner, FindsTheEndWhereverTheBytesAreCut) {
  const std::string head = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  const std::string bytes = head + "body\r\n\r\n";
  HeadScanner scanner;
  for (size_t size = 0; size < head.size(); ++size) {
    const auto end = scanner.scan(std::string_view(bytes).substr(0, size), GateLimits());
    ASSERT_TRUE(end);
    EXPECT_FALSE(*end);
  }
  EXPECT_EQ(**scanner.scan(bytes, GateLimits()), head.size());
  EXPECT_EQ(**HeadScanner().scan(bytes, GateLimits()), head.size());
}

int refused(std::string_view bytes, GateLimits limits = {}) {
  const auto end = HeadScanner().scan(bytes, limits);
  return end ? 0 : end.error().status;
}

TEST(HeadScanner, RefusesWhatCannotBecomeAHead) {
  EXPECT_EQ(refused("\x16\x03\x01"), 400) << "TLS";
  EXPECT_EQ(refused("\r\nGET / HTTP/1.1\r\n"), 400);
  EXPECT_EQ(refused("GET / HTTP/1.1\nHost: h\n"), 400);
  EXPECT_EQ(refused("GET / HTTP/1.1\r\n\nHost: h"), 400);
  EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: h\r\n\n"), 400);
  const GateLimits limits{.block_bytes_max = 30, .fields_max = 3, .target_bytes_max = 10};
  EXPECT_EQ(refused("GET /" + std::string(25, 'a'), limits), 0);
  EXPECT_EQ(refused("GET /" + std::string(26, 'a'), limits), 414);
  EXPECT_EQ(refused("GET /" + std::string(26, 'a') + " HTTP/1.1\r\n", limits), 414);
  EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: hhhhhhhhhhhhhhhhh", limits), 431);
  EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: hhhhhhhhhh\r\n\r\n", limits), 431) << "found, but too long";
}

TEST(Response, TextHasItsType) {
  const Response response = Response::text(404, "gone", "application/xml");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.headers.get("content-type"), "application/xml");
  EXPECT_EQ(reason_phrase(404), "Not Found");
  EXPECT_EQ(reason_phrase(799), "");
}

}  // namespace
}  // namespace garage::http
