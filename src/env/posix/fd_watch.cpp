#include "env/posix/fd_watch.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <exception>
#include <utility>

#include "base/assert.hpp"

namespace garage::env::posix {

struct FdWatch::Descriptor {
  explicit Descriptor(AsioLoop& loop) : asio(loop.context()) {}
  // The plain executor: the type-erased default costs an allocation and indirect calls for each wait.
  boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type> asio;
};

Result<std::shared_ptr<FdWatch>> FdWatch::create(UniqueFd fd) {
  AsioLoop& loop = AsioLoop::current();
  auto descriptor = std::make_unique<Descriptor>(loop);
  boost::system::error_code error;
  descriptor->asio.assign(fd.get(), error);
  if (error) return fail(ErrorKind::kIo, "cannot watch a descriptor: " + error.message());
  const int raw = fd.release();
  return std::shared_ptr<FdWatch>(new FdWatch(loop, std::move(descriptor), raw));
}

FdWatch::FdWatch(AsioLoop& loop, std::unique_ptr<Descriptor> descriptor, int fd)
    : loop_(loop), descriptor_(std::move(descriptor)), fd_(fd) {}

FdWatch::~FdWatch() = default;

// Both waiters resume as jobs: the caller may be inside the object that they belong to.
void FdWatch::close() {
  if (std::exchange(closed_, true)) return;
  for (Side& side : sides_) {
    if (side.timer != 0) loop_.cancel(std::exchange(side.timer, 0));
    if (auto waiter = std::exchange(side.waiter, {})) loop_.post([waiter] { waiter.resume(); });
  }
  boost::system::error_code ignored;
  descriptor_->asio.close(ignored);
  fd_ = -1;
}

UniqueFd FdWatch::release() {
  if (closed_) return {};
  ASSERT(!sides_[kRead].waiter && !sides_[kWrite].waiter, "a descriptor is given away by whoever waits for it");
  closed_ = true;
  for (Side& side : sides_) {
    if (side.timer != 0) loop_.cancel(std::exchange(side.timer, 0));
  }
  fd_ = -1;
  return UniqueFd(descriptor_->asio.release());
}

void FdWatch::wait(Direction direction, std::coroutine_handle<> handle, MonotonicTime deadline) {
  Side& side = sides_[direction];
  ASSERT(!side.waiter, "one waiter for each direction");
  spent_bytes_ = 0;
  side.waiter = handle;
  side.deadline = deadline;
  if (deadline != MonotonicTime::never()) start_timer(direction);
  if (std::exchange(side.armed, true)) return;
  const auto what = direction == kRead ? boost::asio::posix::descriptor_base::wait_read
                                       : boost::asio::posix::descriptor_base::wait_write;
  descriptor_->asio.async_wait(what, [self = shared_from_this(), direction](const boost::system::error_code&) {
    self->event(direction);
    self->loop_.finish_event();
  });
}

void FdWatch::event(Direction direction) {
  Side& side = sides_[direction];
  side.armed = false;
  if (direction == kRead) read_dry_ = false;
  side.outcome = Wake::kReady;
  if (auto waiter = std::exchange(side.waiter, {})) waiter.resume();
}

// A timer that runs for an earlier time, left from an earlier wait, will look again when it fires.
void FdWatch::start_timer(Direction direction) {
  Side& side = sides_[direction];
  if (side.timer != 0) {
    if (side.timer_at <= side.deadline) return;
    loop_.cancel(side.timer);
  }
  side.timer_at = side.deadline;
  side.timer = loop_.call_after(side.deadline - loop_.now(), [this, direction] { timer_fired(direction); });
}

void FdWatch::timer_fired(Direction direction) {
  Side& side = sides_[direction];
  side.timer = 0;
  if (!side.waiter || side.deadline == MonotonicTime::never()) return;
  if (side.deadline > loop_.now()) {
    start_timer(direction);
    return;
  }
  side.outcome = Wake::kTimeout;
  std::exchange(side.waiter, {}).resume();
}

}  // namespace garage::env::posix
