#include "net/handshake_watch.hpp"

#include <gtest/gtest.h>

#include <string>

namespace garage::net {
namespace {

std::string record(char type, const std::string& body) {
  const auto size = body.size();
  return std::string{type, 3, 1, static_cast<char>(size >> 8), static_cast<char>(size)} + body;
}
std::string message_head(size_t bytes) {
  return {1, static_cast<char>(bytes >> 16), static_cast<char>(bytes >> 8), static_cast<char>(bytes)};
}
std::string message(size_t bytes) {
  return message_head(bytes) + std::string(bytes, 'm');
}
// Byte by byte, so that every state is cut.
bool admits(const std::string& bytes) {
  HandshakeWatch one_by_one, whole;
  bool out = true;
  for (const char byte : bytes) out = one_by_one.admits({&byte, 1});
  EXPECT_EQ(whole.admits(bytes), out);
  return out;
}

constexpr char kAlert = 21, kHandshake = 22, kEncrypted = 23;

TEST(HandshakeWatch, WhatIsAnnouncedHasABound) {
  EXPECT_TRUE(admits(""));
  EXPECT_TRUE(admits(record(kHandshake, message(300))));
  EXPECT_TRUE(admits(record(kHandshake, message_head(kHandshakeMessageBytesMax))));
  EXPECT_FALSE(admits(record(kHandshake, message_head(kHandshakeMessageBytesMax + 1))));
  EXPECT_FALSE(admits(record(kHandshake, message_head(131'396))));
}

TEST(HandshakeWatch, HoweverItIsHidden) {
  const std::string large = message_head(131'396);
  EXPECT_FALSE(admits(record(kHandshake, message(300)) + record(kHandshake, large))) << "the second one";
  EXPECT_FALSE(admits(record(kHandshake, message(300) + large))) << "in one record";
  EXPECT_FALSE(admits(record(kHandshake, large.substr(0, 1)) + record(kHandshake, large.substr(1)))) << "in two";
  EXPECT_FALSE(admits(record(kAlert, {1, 0}) + record(kHandshake, large)));
  EXPECT_FALSE(admits(record(kHandshake, "") + record(kHandshake, large)));
}

TEST(HandshakeWatch, OthersAreLeftToOpenssl) {
  EXPECT_TRUE(admits(record(kHandshake, message(300)) + record(kEncrypted, message_head(131'396))));
  EXPECT_TRUE(admits("GET / HTTP/1.1\r\n\r\n" + record(kHandshake, message_head(131'396))));
}

}  // namespace
}  // namespace garage::net
