#include "env/posix/listening_socket.hpp"

#include <fmt/format.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "env/posix/os_error.hpp"
#include "env/posix/socket_options.hpp"

namespace garage::env::posix {
namespace {

constexpr int kBacklog = 4096;

ErrorKind listen_kind(int error) {
  switch (error) {
    case EADDRINUSE:
      return ErrorKind::kExists;
    case EACCES:
    case EPERM:
      return ErrorKind::kDenied;
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
    case ENOENT:
    case ENOTDIR:
      return ErrorKind::kInvalid;
    default:
      return ErrorKind::kIo;
  }
}

std::unexpected<Error> cannot_listen(const SocketAddress& where, int error) {
  return fail(listen_kind(error), fmt::format("cannot listen at {}: {}", where.address().text, errno_text(error)));
}

UniqueFd new_socket(int family) {
  return UniqueFd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

// Does a process answer at this socket file?
bool is_alive(const SocketAddress& where) {
  const UniqueFd probe = new_socket(AF_UNIX);
  return probe.valid() && (::connect(probe.get(), where.raw(), where.length) == 0 || errno == EAGAIN);
}

Result<void> remove_stale_socket(const SocketAddress& where) {
  const std::string path = where.address().text;
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return {};  // bind() says what is wrong
  if (!S_ISSOCK(status.st_mode)) return fail(ErrorKind::kExists, path + ": there is a file that is not a socket");
  if (is_alive(where)) return cannot_listen(where, EADDRINUSE);
  if (::unlink(path.c_str()) != 0) return cannot_listen(where, errno);
  return {};
}

}  // namespace

Result<UniqueFd> listen_tcp(const SocketAddress& where, bool share_port) {
  UniqueFd fd = new_socket(where.family());
  if (!fd.valid()) return cannot_listen(where, errno);
  set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (share_port) set_option(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1);
  // "[::]" means every address of the machine, whatever the system's default is.
  if (where.family() == AF_INET6) set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
  set_connection_options(fd.get());  // accepted connections inherit them
  if (::bind(fd.get(), where.raw(), where.length) != 0) return cannot_listen(where, errno);
  if (::listen(fd.get(), kBacklog) != 0) return cannot_listen(where, errno);
  return fd;
}

Result<UniqueFd> listen_unix(const SocketAddress& where, uint32_t mode) {
  CHECK_OK(remove_stale_socket(where));
  UniqueFd fd = new_socket(AF_UNIX);
  if (!fd.valid()) return cannot_listen(where, errno);
  if (::bind(fd.get(), where.raw(), where.length) != 0) return cannot_listen(where, errno);
  // Before listen(), so that nobody gets in under other permissions.
  if (::chmod(where.address().text.c_str(), mode) != 0) return cannot_listen(where, errno);
  if (::listen(fd.get(), kBacklog) != 0) return cannot_listen(where, errno);
  return fd;
}

bool drop_new_connections(int fd) {
  // The kernel asks this program about each packet, from its TCP header on.
  constexpr uint32_t kFlags = 13, kSyn = 0x02, kDrop = 0, kKeep = 0xffffffff;
  std::array<sock_filter, 4> code{{{.code = BPF_LD | BPF_B | BPF_ABS, .jt = 0, .jf = 0, .k = kFlags},
                                   {.code = BPF_JMP | BPF_JSET | BPF_K, .jt = 0, .jf = 1, .k = kSyn},
                                   {.code = BPF_RET | BPF_K, .jt = 0, .jf = 0, .k = kDrop},
                                   {.code = BPF_RET | BPF_K, .jt = 0, .jf = 0, .k = kKeep}}};
  const sock_fprog program{.len = code.size(), .filter = code.data()};
  return ::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

}  // namespace garage::env::posix
