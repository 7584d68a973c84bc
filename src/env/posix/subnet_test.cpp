#include "env/posix/subnet.hpp"

#include <gtest/gtest.h>

namespace garage::env::posix {
namespace {

TEST(Subnet, HoldsItsAddresses) {
  const Subnet ten = *Subnet::parse("10.0.0.0/8");
  EXPECT_TRUE(ten.contains("10.255.3.4"));
  EXPECT_FALSE(ten.contains("11.0.0.1"));
  EXPECT_FALSE(ten.contains("fd00::1"));
  EXPECT_FALSE(ten.contains("10.1.2.3:80"));
  const Subnet six = *Subnet::parse("fd00:12::/33");
  EXPECT_TRUE(six.contains("fd00:12:7fff::1"));
  EXPECT_FALSE(six.contains("fd00:12:8000::1"));
  EXPECT_FALSE(six.contains("10.0.0.1"));
  EXPECT_TRUE(Subnet::parse("0.0.0.0/0")->contains("192.0.2.1"));
  EXPECT_FALSE(Subnet::parse("192.0.2.1/32")->contains("192.0.2.2"));
}

TEST(Subnet, ClearsHostBits) {
  const Subnet cleared = *Subnet::parse("192.168.17.9/20");
  EXPECT_TRUE(cleared.had_host_bits());
  EXPECT_EQ(cleared.text(), "192.168.16.0/20");
  EXPECT_FALSE(Subnet::parse("192.168.16.0/20")->had_host_bits());
}

TEST(Subnet, RefusesWhatIsNone) {
  for (const char* text :
       {"", "10.0.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8x", "fd00::/129", "host/8", "/8", "10.0.0/8"})
    EXPECT_EQ(Subnet::parse(text).error().kind, ErrorKind::kInvalid) << text;
}

}  // namespace
}  // namespace garage::env::posix
