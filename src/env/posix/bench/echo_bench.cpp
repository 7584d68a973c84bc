// What a request costs in the network layer alone: 150 bytes in, two pieces of 1 KiB together out, over kept
// connections.
//
//   env_posix_echo_bench [connections] [seconds]
//
// The client is a second process with plain sockets, so that the processor time printed is the server's.
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "env/posix/posix_env.hpp"
#include "env/posix/socket_address.hpp"
#include "env/posix/socket_options.hpp"
#include "runtime/task_group.hpp"

namespace garage::env::posix {
namespace {

constexpr size_t kRequestBytes = 150;

Task<void> serve(std::unique_ptr<Stream> stream, uint64_t& requests) {
  std::string buffer(16u << 10, '\0');
  const std::string head(200, 'h'), body(824, 'b');
  const std::array<std::string_view, 2> pieces{head, body};
  for (;;) {
    const MonotonicTime deadline = runtime::Loop::current()->now() + 60s;
    auto got = co_await stream->read_some(buffer, deadline);
    if (!got || *got == 0) co_return;
    if (!co_await stream->write_all(pieces, deadline)) co_return;
    ++requests;
  }
}

Task<void> accept_all(Listener& listener, runtime::TaskGroup& group, uint64_t& requests) {
  for (;;) {
    auto stream = co_await listener.accept();
    if (!stream) co_return;
    group.spawn(serve(std::move(*stream), requests));
  }
}

// One thread, one request in flight on each connection.
[[noreturn]] void client(const SocketAddress& server, int connections) {
  const int poll = ::epoll_create1(EPOLL_CLOEXEC);
  const std::string request(kRequestBytes, 'r');
  for (int i = 0; i < connections; ++i) {
    const int fd = ::socket(server.family(), SOCK_STREAM, 0);
    if (::connect(fd, server.raw(), server.length) != 0) std::_Exit(1);
    set_connection_options(fd);
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    ::epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
    ::send(fd, request.data(), request.size(), MSG_NOSIGNAL);
  }
  std::vector<char> buffer(64u << 10);
  std::array<epoll_event, 128> events;
  for (;;) {
    const int count = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<size_t>(i)].data.fd;
      if (::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT) <= 0) std::_Exit(0);
      ::send(fd, request.data(), request.size(), MSG_NOSIGNAL);
    }
  }
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

int run(int connections, int seconds) {
  auto world = PosixWorld::create({.loops = 1, .disk_threads = 1, .compute_threads = 1});
  if (!world) return 1;
  std::unique_ptr<Listener> listener;
  auto* group = new runtime::TaskGroup();  // dropped with the world
  uint64_t requests = 0;
  AsioLoop& loop = (*world)->loop(0);
  pid_t child = 0;
  double cpu_at_start = 0;
  loop.post([&] {
    auto made = (*world)->env().network.listen({"127.0.0.1:0"}, {});
    if (!made) std::_Exit(1);
    listener = std::move(*made);
    group->spawn(accept_all(*listener, *group, requests));
    const auto server = SocketAddress::parse(listener->local_address().text);
    child = ::fork();
    if (child == 0) client(*server, connections);
    cpu_at_start = cpu_seconds();
    loop.call_after(std::chrono::seconds(seconds), [&] {
      ::kill(child, SIGTERM);
      const double cpu = cpu_seconds() - cpu_at_start;
      fmt::print("{} connections: {} requests/s, {:.2f} us of processor each\n", connections,
                 requests / static_cast<uint64_t>(seconds), cpu * 1e6 / static_cast<double>(requests));
      (*world)->stop();
    });
  });
  if (!(*world)->run()) return 1;
  ::waitpid(child, nullptr, 0);
  std::fflush(stdout);
  std::_Exit(0);  // connections are still open
}

}  // namespace
}  // namespace garage::env::posix

int main(int argc, char** argv) {
  int connections = 32, seconds = 2;
  for (int at = 1; at < argc && at <= 2; ++at) {
    const std::string_view word = argv[at];
    int& value = at == 1 ? connections : seconds;
    if (std::from_chars(word.data(), word.data() + word.size(), value).ec != std::errc{} || value <= 0) return 2;
  }
  return garage::env::posix::run(connections, seconds);
}
