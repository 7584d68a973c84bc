#include "env/posix/posix_listener.hpp"

#include <sys/socket.h>

#include <cerrno>

#include "base/log.hpp"
#include "env/posix/listening_socket.hpp"
#include "env/posix/os_error.hpp"
#include "env/posix/posix_stream.hpp"
#include "runtime/sleep.hpp"

namespace garage::env::posix {
namespace {

constexpr Duration kPauseWhenExhausted = 100ms;
// For the last packet of a connection that has begun, as long as its client is not on another continent.
constexpr Duration kHandshakeTime = 50ms;
// For the loop, to look at what waits in the kernel's queue.
constexpr Duration kQueueTime = 1ms;

enum class AcceptTrouble { kNothingThere, kExhausted, kListenerBroken, kConnectionGone };

AcceptTrouble judge(int error) {
  switch (error) {
    case EAGAIN:
      return AcceptTrouble::kNothingThere;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
      return AcceptTrouble::kExhausted;
    case EBADF:
    case EFAULT:
    case EINVAL:
    case ENOTSOCK:
    case EOPNOTSUPP:
      return AcceptTrouble::kListenerBroken;
    default:
      return AcceptTrouble::kConnectionGone;  // also EINTR: look again
  }
}

}  // namespace

// A socket that could not be watched has been closed already; the client sees a lost connection.
std::unique_ptr<Stream> PosixListener::make_stream(UniqueFd fd, const SocketAddress& peer, const Address& local,
                                                   Complaints& complaints) {
  auto watch = FdWatch::create(std::move(fd));
  if (!watch) {
    if (const auto others = complaints.dropped.due())
      LOG_WARN("env", "a connection to {} was dropped: {}{}", local.text, watch.error().message, *others);
    return nullptr;
  }
  return std::make_unique<PosixStream>(std::move(*watch), peer.is_unix() ? local : peer.address());
}

PosixListener::PosixListener(std::shared_ptr<FdWatch> watch, Address local, std::shared_ptr<void> keep)
    : watch_(std::move(watch)), local_(std::move(local)), keep_(std::move(keep)) {}

PosixListener::~PosixListener() {
  close();
}

Duration PosixListener::turn_away() {
  const bool more_may_come = local_.text.front() != '/' && drop_new_connections(watch_->fd());
  return more_may_come ? kHandshakeTime : kQueueTime;
}

void PosixListener::close() {
  watch_->close();
  keep_.reset();
}

Task<Result<std::unique_ptr<Stream>>> PosixListener::accept() {
  const std::shared_ptr<FdWatch> watch = watch_;
  const Address local = local_;
  const std::shared_ptr<Complaints> complaints = complaints_;
  while (!watch->closed()) {
    SocketAddress peer;
    peer.length = sizeof peer.storage;
    UniqueFd fd(::accept4(watch->fd(), peer.raw(), &peer.length, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd.valid()) {
      auto stream = make_stream(std::move(fd), peer, local, *complaints);
      if (watch->spend(0)) co_await watch->yield();
      if (stream) co_return stream;
      continue;
    }
    const int error = errno;
    switch (judge(error)) {
      case AcceptTrouble::kNothingThere:
        co_await watch->readable(MonotonicTime::never());
        break;
      case AcceptTrouble::kExhausted:
        if (const auto others = complaints->exhausted.due())
          LOG_WARN("env", "accepting at {} pauses: {}{}", local.text, errno_text(error), *others);
        co_await runtime::sleep_for(kPauseWhenExhausted);
        break;
      case AcceptTrouble::kListenerBroken:
        co_return stream_error(error, "accepting at " + local.text);
      case AcceptTrouble::kConnectionGone:
        break;
    }
  }
  co_return fail(ErrorKind::kClosed, "the listener is closed");
}

}  // namespace garage::env::posix
