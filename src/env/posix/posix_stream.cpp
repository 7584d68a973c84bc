#include "env/posix/posix_stream.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/assert.hpp"
#include "env/posix/os_error.hpp"

namespace garage::env::posix {
namespace {

std::unexpected<Error> closed() {
  return fail(ErrorKind::kClosed, "the connection is closed");
}
std::unexpected<Error> late(const char* what) {
  return fail(ErrorKind::kTimeout, what);
}

// Where a write stands in its list of pieces.
class Unsent {
 public:
  explicit Unsent(std::span<const std::string_view> pieces) : pieces_(pieces) { skip_empty(); }

  bool done() const { return pieces_.empty(); }

  // One system call; -1 with errno, as the kernel says it.
  ssize_t send(int fd) const {
    std::array<iovec, kPiecesPerCall> vectors;
    const size_t count = std::min(pieces_.size(), kPiecesPerCall);
    for (size_t i = 0; i < count; ++i) {
      const std::string_view piece = i == 0 ? pieces_[0].substr(offset_) : pieces_[i];
      vectors[i] = {const_cast<char*>(piece.data()), piece.size()};
    }
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = count;
    return ::sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  }

  void advance(size_t bytes) {
    offset_ += bytes;
    while (!pieces_.empty() && offset_ >= pieces_[0].size()) {
      offset_ -= pieces_[0].size();
      pieces_ = pieces_.subspan(1);
    }
  }

 private:
  static constexpr size_t kPiecesPerCall = 64;

  void skip_empty() { advance(0); }

  std::span<const std::string_view> pieces_;
  size_t offset_ = 0;  // within the first piece
};

}  // namespace

PosixStream::PosixStream(std::shared_ptr<FdWatch> watch, Address peer)
    : watch_(std::move(watch)), peer_(std::move(peer)) {}

PosixStream::~PosixStream() {
  watch_->close();
}

void PosixStream::close() {
  watch_->close();
  between_ = {};
}

Result<void> PosixStream::leave_loop() {
  UniqueFd fd = watch_->release();
  if (!fd.valid()) return closed();
  between_ = std::move(fd);
  return {};
}

Result<void> PosixStream::enter_loop() {
  if (!between_.valid()) return closed();
  TRY(watch_, FdWatch::create(std::move(between_)));
  return {};
}

void PosixStream::finish_writing() {
  if (!watch_->closed()) ::shutdown(watch_->fd(), SHUT_WR);
}

// Both coroutines keep the watch, not the stream: an owner that destroys a stream in use ends the calls instead of
// crashing them.
Task<Result<size_t>> PosixStream::read_some(std::span<char> out, MonotonicTime deadline) {
  ASSERT(!out.empty(), "an empty read looks like the end of the stream");
  const std::shared_ptr<FdWatch> watch = watch_;
  Wake wake = Wake::kReady;
  for (;;) {
    if (watch->closed()) co_return closed();
    if (!watch->read_dry()) {
      const ssize_t got = ::recv(watch->fd(), out.data(), out.size(), MSG_DONTWAIT);
      if (got >= 0) {
        const auto bytes = static_cast<size_t>(got);
        watch->set_read_dry(bytes > 0 && bytes < out.size());
        if (watch->spend(bytes)) co_await watch->yield();
        co_return bytes;
      }
      if (errno == EINTR) continue;
      if (errno != EAGAIN) co_return stream_error(errno, "reading");
    }
    if (wake == Wake::kTimeout) co_return late("no bytes came before the deadline");
    wake = co_await watch->readable(deadline);
    watch->set_read_dry(false);  // look once more, even when late
  }
}

Task<Result<void>> PosixStream::write_all(std::span<const std::string_view> pieces, MonotonicTime deadline) {
  const std::shared_ptr<FdWatch> watch = watch_;
  Unsent unsent(pieces);
  for (;;) {
    if (unsent.done()) co_return Result<void>();
    if (watch->closed()) co_return closed();
    const ssize_t sent = unsent.send(watch->fd());
    if (sent >= 0) {
      unsent.advance(static_cast<size_t>(sent));
      if (watch->spend(static_cast<size_t>(sent))) co_await watch->yield();
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) co_return stream_error(errno, "writing");
    if (co_await watch->writable(deadline) == Wake::kTimeout)
      co_return late("the peer did not take the bytes before the deadline");
  }
}

}  // namespace garage::env::posix
