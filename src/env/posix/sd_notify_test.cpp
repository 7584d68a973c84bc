#include "env/posix/sd_notify.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>

#include "env/posix/unique_fd.hpp"

namespace garage::env::posix {
namespace {

TEST(ServiceManager, HearsWhatItIsTold) {
  const std::string path = ::testing::TempDir() + "notify-" + std::to_string(::getpid());
  ::unlink(path.c_str());
  const UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_TRUE(ServiceManager(path, {}).tell("READY=1"));
  std::array<char, 64> heard{};
  ASSERT_EQ(::recv(socket.get(), heard.data(), heard.size(), 0), 7);
  EXPECT_STREQ(heard.data(), "READY=1");
  ::unlink(path.c_str());
}

TEST(ServiceManager, IsNotNeeded) {
  EXPECT_TRUE(ServiceManager("", {}).tell("READY=1"));
  EXPECT_FALSE(ServiceManager("relative", {}).tell("READY=1"));
  EXPECT_FALSE(ServiceManager("/nowhere/at/all", {}).tell("READY=1"));
  EXPECT_FALSE(ServiceManager(std::string(200, '/'), {}).tell("READY=1"));
}

TEST(ServiceManager, WatchdogIsForThisProcessOnly) {
  ::setenv("WATCHDOG_USEC", "3000000", 1);
  ::unsetenv("WATCHDOG_PID");
  EXPECT_EQ(ServiceManager::from_environment().watchdog(), Duration(3s));
  ::setenv("WATCHDOG_PID", "1", 1);
  EXPECT_FALSE(ServiceManager::from_environment().watchdog());
  ::unsetenv("WATCHDOG_USEC");
  ::unsetenv("WATCHDOG_PID");
  EXPECT_FALSE(ServiceManager::from_environment().watchdog());
}

}  // namespace
}  // namespace garage::env::posix
