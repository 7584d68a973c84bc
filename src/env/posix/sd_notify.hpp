// What a service manager (systemd, Type=notify) is told about this process, by the protocol of sd_notify(3): one
// datagram to the socket that the manager names.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"

namespace garage::env::posix {

class ServiceManager {
 public:
  // From the environment: NOTIFY_SOCKET, WATCHDOG_USEC. Without the first nothing is told to anybody.
  static ServiceManager from_environment();
  ServiceManager(std::string socket_path, std::optional<Duration> watchdog)
      : socket_path_(std::move(socket_path)), watchdog_(watchdog) {}

  // "READY=1", "STOPPING=1", "WATCHDOG=1"; several lines may be joined. Never waits.
  Result<void> tell(std::string_view state) const;

  // The manager wants to hear WATCHDOG=1 at least this often, or it starts the process anew.
  std::optional<Duration> watchdog() const { return watchdog_; }

 private:
  std::string socket_path_;
  std::optional<Duration> watchdog_;
};

}  // namespace garage::env::posix
