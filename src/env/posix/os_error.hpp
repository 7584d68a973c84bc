// What the kernel says (errno) as an Error.
#pragma once

#include <cerrno>
#include <expected>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace garage::env::posix {

// "No such file or directory"; safe on any thread.
std::string errno_text(int error);

// "path: action: text", with the kind that callers of Disk act on.
std::unexpected<Error> disk_error(int error, std::string_view path, std::string_view action);

// An error on a connection that existed: kClosed where the peer or the network ended it.
std::unexpected<Error> stream_error(int error, std::string_view action);

// Repeats a system call that a signal interrupted.
template <class Call>
auto retry_interrupted(Call call) {
  for (;;) {
    const auto result = call();
    if (result != -1 || errno != EINTR) return result;
  }
}

}  // namespace garage::env::posix
