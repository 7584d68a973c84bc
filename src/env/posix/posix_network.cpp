#include "env/posix/posix_network.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

#include "env/host_and_port.hpp"
#include "env/posix/fd_watch.hpp"
#include "env/posix/listening_socket.hpp"
#include "env/posix/name_lookup.hpp"
#include "env/posix/os_error.hpp"
#include "env/posix/posix_listener.hpp"
#include "env/posix/posix_stream.hpp"
#include "env/posix/socket_options.hpp"
#include "runtime/future.hpp"
#include "runtime/loop.hpp"

namespace garage::env::posix {
namespace {

SocketAddress local_address_of(int fd) {
  SocketAddress local;
  local.length = sizeof local.storage;
  if (::getsockname(fd, local.raw(), &local.length) != 0) local = {};
  return local;
}

std::unexpected<Error> cannot_connect(const Address& address, int error) {
  const bool ours = error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
  return fail(ours ? ErrorKind::kIo : ErrorKind::kUnavailable,
              fmt::format("cannot connect to {}: {}", address.text, errno_text(error)));
}

// An address of one family cannot reach the other: then the system chooses.
Result<void> bind_outgoing(int fd, const Address& from, const SocketAddress& to) {
  TRY(const SocketAddress ours, SocketAddress::parse(from.text));
  if (ours.family() != to.family()) return {};
  set_option(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
  if (::bind(fd, ours.raw(), ours.length) == 0) return {};
  return fail(ErrorKind::kIo, fmt::format("cannot connect from {}: {}", from.text, errno_text(errno)));
}

int pending_error_of(int fd) {
  int error = 0;
  socklen_t length = sizeof error;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

using Found = Result<std::vector<Address>>;

// Answered once: by the resolver, or by who waits no longer.
class Question {
 public:
  explicit Question(runtime::Promise<Found> promise) : promise_(std::move(promise)) {}

  bool is_answered() const { return answered_.load(std::memory_order_relaxed); }
  void answer(Found found) {
    if (!answered_.exchange(true, std::memory_order_acq_rel)) promise_.set(std::move(found));
  }

 private:
  std::atomic<bool> answered_{false};
  runtime::Promise<Found> promise_;
};

}  // namespace

Result<std::unique_ptr<Listener>> PosixNetwork::listen(Address address, ListenOptions options) {
  TRY(const SocketAddress where, SocketAddress::parse(address.text));
  UniqueFd fd;
  std::shared_ptr<UniqueFd> keep;
  if (where.is_unix()) {
    TRY(keep, shared_unix_socket(address.text, where, options));
    fd = UniqueFd(::fcntl(keep->get(), F_DUPFD_CLOEXEC, 0));
    if (!fd.valid())
      return fail(ErrorKind::kIo, fmt::format("cannot listen at {}: {}", address.text, errno_text(errno)));
  } else {
    TRY(fd, listen_tcp(where, options.share_port));
  }
  const Address local = where.is_unix() ? address : local_address_of(fd.get()).address();
  TRY(std::shared_ptr<FdWatch> watch, FdWatch::create(std::move(fd)));
  return std::make_unique<PosixListener>(std::move(watch), local, std::move(keep));
}

Result<std::shared_ptr<UniqueFd>> PosixNetwork::shared_unix_socket(const std::string& path, const SocketAddress& where,
                                                                   ListenOptions options) {
  std::lock_guard lock(mutex_);
  if (options.share_port) {
    if (auto there = unix_sockets_[path].lock()) return there;
  }
  TRY(UniqueFd fd, listen_unix(where, options.unix_socket_mode));
  auto made = std::make_shared<UniqueFd>(std::move(fd));
  unix_sockets_[path] = made;
  return made;
}

Task<Result<std::unique_ptr<Stream>>> PosixNetwork::connect(Address address, MonotonicTime deadline) {
  return connect_from({}, std::move(address), deadline);
}

Task<Result<std::unique_ptr<Stream>>> PosixNetwork::connect_from(Address from, Address address,
                                                                 MonotonicTime deadline) {
  CO_TRY(const SocketAddress where, SocketAddress::parse(address.text));
  UniqueFd fd(::socket(where.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) co_return cannot_connect(address, errno);
  if (!where.is_unix()) set_connection_options(fd.get());
  if (!from.text.empty()) CO_CHECK_OK(bind_outgoing(fd.get(), from, where));
  const bool at_once = ::connect(fd.get(), where.raw(), where.length) == 0;
  if (!at_once && errno != EINPROGRESS && errno != EINTR) co_return cannot_connect(address, errno);
  CO_TRY(const std::shared_ptr<FdWatch> watch, FdWatch::create(std::move(fd)));
  auto stream = std::make_unique<PosixStream>(watch, address);
  if (!at_once) {
    if (co_await watch->writable(deadline) == Wake::kTimeout) {
      co_return fail(ErrorKind::kTimeout, fmt::format("no answer from {} before the deadline", address.text));
    }
    if (const int error = pending_error_of(watch->fd()); error != 0) co_return cannot_connect(address, error);
  }
  co_return stream;
}

Task<Result<std::vector<Address>>> PosixNetwork::resolve(std::string host_and_port, MonotonicTime deadline) {
  auto parts = split_host_and_port(host_and_port);
  if (!parts) co_return fail(ErrorKind::kInvalid, fmt::format("'{}' is not host:port", host_and_port));
  if (auto literal = SocketAddress::parse(host_and_port)) co_return std::vector{literal->address()};
  auto [promise, future] = runtime::make_future<Found>();
  const auto question = std::make_shared<Question>(std::move(promise));
  resolver_.run([question, where = std::move(*parts), presence = presence_] {
    if (question->is_answered() || presence->is_over()) return;
    auto found = look_up(where);
    presence->unless_over([&] { question->answer(std::move(found)); });
  });
  runtime::Loop& loop = *runtime::Loop::current();
  const Duration patience = std::clamp(deadline - loop.now(), Duration{0}, look_up_time_max_);
  const runtime::TimerId timer = loop.call_after(patience, [question, name = std::move(host_and_port)] {
    question->answer(fail(ErrorKind::kUnavailable, fmt::format("cannot resolve {}: no answer came in time", name)));
  });
  auto found = co_await std::move(future);
  loop.cancel(timer);
  co_return found;
}

}  // namespace garage::env::posix
