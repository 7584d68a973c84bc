#include "net/web_tls.hpp"

#include "net/testing/net_fixture.hpp"
#include "net/testing/web_server.hpp"

namespace garage::net {
namespace {

using testing::Authority;
using testing::make_stream_pair;
using testing::WebServerTls;

Task<Result<std::string>> say_hello(std::unique_ptr<env::Stream> below, std::shared_ptr<const WebTlsContext> context,
                                    std::string host, MonotonicTime deadline) {
  CO_TRY(auto stream, co_await connect_web_tls(std::move(below), std::move(context), std::move(host), deadline));
  CO_CHECK_OK(co_await testing::write_text(*stream, "hello", deadline));
  co_return co_await testing::read_exactly(*stream, 9, deadline);
}

class WebTlsTest : public testing::NetTest {
 protected:
  // What comes of saying "hello" to `host`, served by `server`.
  Result<std::string> hello(WebTlsOptions options, const std::string& host, WebServerTls& server) {
    auto context = WebTlsContext::make(std::move(options));
    if (!context) return std::unexpected(context.error());
    auto [near, far] = make_stream_pair();
    std::optional<Result<std::string>> said;
    background_.spawn(testing::store(say_hello(std::move(near), *context, host, in(10s)), said));
    for (int round = 0; round < 10 && !said; ++round) {
      far->push(server.exchange(far->take()));
      loop_.run();
    }
    far.reset();
    loop_.advance(20s);
    return std::move(*said);
  }

  Authority authority_;
  Authority stranger_;
};

TEST_F(WebTlsTest, ServersAreKnownByNameAndByAddress) {
  const auto named = authority_.issue("DNS:consul.test");
  WebServerTls server(named, nullptr);
  EXPECT_EQ(hello({.roots_pem = authority_.pem()}, "consul.test", server).value_or("no"), "hello too");
  WebServerTls numbered(authority_.issue("IP:10.0.0.2"), nullptr);
  EXPECT_EQ(hello({.roots_pem = authority_.pem()}, "10.0.0.2", numbered).value_or("no"), "hello too");
}

TEST_F(WebTlsTest, AnotherNameIsRefused) {
  for (const char* host : {"other.test", "10.0.0.2"}) {
    WebServerTls server(authority_.issue("DNS:consul.test"), nullptr);
    const auto said = hello({.roots_pem = authority_.pem()}, host, server);
    ASSERT_FALSE(said);
    EXPECT_EQ(said.error().kind, ErrorKind::kDenied) << said.error().message;
    EXPECT_NE(said.error().message.find("is not accepted"), std::string::npos) << said.error().message;
  }
}

TEST_F(WebTlsTest, AnotherAuthorityIsRefusedUnlessAnybodyWillDo) {
  const auto issued = stranger_.issue("DNS:consul.test");
  WebServerTls server(issued, nullptr);
  const auto said = hello({.roots_pem = authority_.pem()}, "consul.test", server);
  ASSERT_FALSE(said);
  EXPECT_EQ(said.error().kind, ErrorKind::kDenied) << said.error().message;
  WebServerTls again(issued, nullptr);
  EXPECT_EQ(hello({.accept_any_server = true}, "whatever", again).value_or("no"), "hello too");
}

TEST_F(WebTlsTest, AClientCertificateIsShown) {
  const auto issued = authority_.issue("DNS:consul.test");
  WebServerTls bare(issued, &authority_);
  const auto refused = hello({.roots_pem = authority_.pem()}, "consul.test", bare);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kDenied) << refused.error().message;
  WebServerTls server(issued, &authority_);
  const auto own = authority_.issue("DNS:client");
  WebTlsOptions options{
      .roots_pem = authority_.pem(), .certificate_pem = own.certificate_pem, .key_pem = Secret(own.key_pem)};
  EXPECT_EQ(hello(options, "consul.test", server).value_or("no"), "hello too");
}

TEST_F(WebTlsTest, WhatIsNoTlsIsSaidSo) {
  auto [near, far] = make_stream_pair();
  auto context = *WebTlsContext::make({.roots_pem = authority_.pem()});
  far->push("HTTP/1.1 400 Bad Request\r\n\r\n");
  const auto said = loop_.run_until_done(say_hello(std::move(near), context, "consul.test", in(10s)));
  ASSERT_FALSE(said);
  EXPECT_EQ(said.error().message, "consul.test does not speak TLS there");
}

TEST_F(WebTlsTest, BadMaterialIsToldApart) {
  EXPECT_EQ(WebTlsContext::make({}).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(WebTlsContext::make({.roots_pem = "nonsense"}).error().kind, ErrorKind::kInvalid);
  const auto one = authority_.issue("DNS:a"), other = authority_.issue("DNS:b");
  WebTlsOptions options{
      .roots_pem = authority_.pem(), .certificate_pem = one.certificate_pem, .key_pem = Secret(other.key_pem)};
  EXPECT_NE(WebTlsContext::make(options).error().message.find("do not belong together"), std::string::npos);
}

}  // namespace
}  // namespace garage::net
