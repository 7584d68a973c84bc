#include <gtest/gtest.h>

#include "discovery/api_client.hpp"
#include "discovery/endpoint.hpp"
#include "discovery/ip_literal.hpp"
#include "discovery/kubernetes.hpp"

namespace garage::discovery {
namespace {

TEST(IpLiteral, AddressesAreToldFromNames) {
  for (const char* good : {"1.2.3.4", "0.0.0.0", "255.255.255.255", "::", "::1", "fd00::1", "1:2:3:4:5:6:7:8",
                           "::ffff:10.0.0.1", "1::8", "1:2:3:4:5:6:10.0.0.1"})
    EXPECT_TRUE(is_ip(good)) << good;
  for (const char* bad : {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4 ", "a.b.c.d", "example.org", ":",
                          ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "fe80::1%eth0", "[::1]",
                          "1:2:3:4:5:6:7::8:9", "-1.2.3.4"})
    EXPECT_FALSE(is_ip(bad)) << bad;
}

TEST(IpLiteral, HostAndPortAreJoined) {
  EXPECT_EQ(join_host_port("1.2.3.4", 5), "1.2.3.4:5");
  EXPECT_EQ(join_host_port("::1", 5), "[::1]:5");
}

TEST(Endpoint, UrlsAreReadAndWritten) {
  EXPECT_EQ(parse_endpoint("http://consul:8500")->url(), "http://consul:8500");
  EXPECT_EQ(parse_endpoint("https://[fd00::1]/")->url(), "https://[fd00::1]:443");
  EXPECT_EQ(parse_endpoint("http://127.0.0.1/prefix/")->url(), "http://127.0.0.1:80/prefix");
  for (const char* bad : {"", "consul:8500", "ftp://a", "http://", "http://a:0", "http://[::1]:0", "http://a:b",
                          "http://u@a", "http://a?b", "http://a b", "http://fd00::1:80x", "http://:80", "https:///x"})
    EXPECT_FALSE(parse_endpoint(bad)) << bad;
}

TEST(Endpoint, OfACluster) {
  EXPECT_EQ(in_cluster_api_server("10.96.0.1", "443")->url(), "https://10.96.0.1:443");
  EXPECT_EQ(in_cluster_api_server("fd00::1", "6443")->url(), "https://[fd00::1]:6443");
  EXPECT_FALSE(in_cluster_api_server("", "443"));
  EXPECT_FALSE(in_cluster_api_server("10.96.0.1", ""));
}

TEST(ApiAnswer, RefusalsAreOneLineOfText) {
  EXPECT_EQ(refusal_text({403, R"({"kind":"Status","message":"garagenodes is\nforbidden"})"}),
            "HTTP status 403 Forbidden: garagenodes is forbidden");
  EXPECT_EQ(refusal_text({500, ""}), "HTTP status 500 Internal Server Error");
  EXPECT_EQ(refusal_text({503, "rpc error\x1b[31m"}), "HTTP status 503 Service Unavailable: rpc error [31m");
  EXPECT_LT(refusal_text({500, std::string(10'000, 'x')}).size(), 400u);
}

}  // namespace
}  // namespace garage::discovery
