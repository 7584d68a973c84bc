#include "env/posix/sd_notify.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>

#include "env/posix/os_error.hpp"
#include "env/posix/process.hpp"
#include "env/posix/unique_fd.hpp"

namespace garage::env::posix {
namespace {

std::optional<uint64_t> number_of(const std::optional<std::string>& text) {
  uint64_t number = 0;
  if (!text) return std::nullopt;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  return error == std::errc() && end == text->data() + text->size() ? std::optional(number) : std::nullopt;
}

}  // namespace

ServiceManager ServiceManager::from_environment() {
  std::optional<Duration> watchdog;
  const auto interval_us = number_of(environment("WATCHDOG_USEC"));
  // WATCHDOG_PID says whom it is meant for, where the variables were handed on to children.
  const auto for_whom = number_of(environment("WATCHDOG_PID"));
  if (interval_us.value_or(0) > 0 &&
      for_whom.value_or(static_cast<uint64_t>(::getpid())) == static_cast<uint64_t>(::getpid())) {
    watchdog = std::chrono::microseconds(*interval_us);
  }
  return {environment("NOTIFY_SOCKET").value_or(""), watchdog};
}

Result<void> ServiceManager::tell(std::string_view state) const {
  if (socket_path_.empty()) return {};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path_.size() >= sizeof address.sun_path || (socket_path_[0] != '/' && socket_path_[0] != '@')) {
    return fail(ErrorKind::kInvalid, "NOTIFY_SOCKET is neither a path nor an abstract name: " + socket_path_);
  }
  std::memcpy(address.sun_path, socket_path_.data(), socket_path_.size());
  if (socket_path_[0] == '@') address.sun_path[0] = '\0';
  const UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return fail(ErrorKind::kIo, "cannot talk to the service manager: " + errno_text(errno));
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_path_.size());
  const ssize_t sent = ::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL,
                                reinterpret_cast<const sockaddr*>(&address), length);
  if (sent < 0) return fail(ErrorKind::kIo, "cannot talk to the service manager: " + errno_text(errno));
  return {};
}

}  // namespace garage::env::posix
