#include "env/host_and_port.hpp"

#include <gtest/gtest.h>

namespace garage::env {
namespace {

TEST(HostAndPort, AreSplit) {
  EXPECT_EQ(split_host_and_port("[::1]:5")->host, "::1");
  EXPECT_EQ(split_host_and_port("host:65535")->host, "host");
  EXPECT_EQ(split_host_and_port("host:65535")->port, 65535);
  EXPECT_EQ(split_host_and_port("1.2.3.4:0")->port, 0);
  for (const char* bad : {"", "host", "host:", ":5", "host:65536", "::1:5", "host:5x", "host:-5", "[::1:5", "[]:5"})
    EXPECT_FALSE(split_host_and_port(bad)) << bad;
}

}  // namespace
}  // namespace garage::env
