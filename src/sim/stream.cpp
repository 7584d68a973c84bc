#include "sim/stream.hpp"

#include <algorithm>
#include <cstring>

namespace garage::sim {
namespace {

constexpr size_t kSegmentBytesMax = 64u << 10;
constexpr size_t kAcceptQueueMax = 1024;

std::unexpected<Error> closed() {
  return fail(ErrorKind::kClosed, "the connection is closed");
}

// The next bytes of a list of pieces, in portions.
class Pieces {
 public:
  explicit Pieces(std::span<const std::string_view> pieces) : rest_(pieces) { skip_empty(); }
  bool empty() const { return rest_.empty(); }
  std::string take(size_t most) {
    std::string out;
    while (!rest_.empty() && out.size() < most) {
      const std::string_view part = rest_.front().substr(offset_, most - out.size());
      out += part;
      offset_ += part.size();
      if (offset_ == rest_.front().size()) {
        rest_ = rest_.subspan(1);
        offset_ = 0;
        skip_empty();
      }
    }
    return out;
  }

 private:
  void skip_empty() {
    while (!rest_.empty() && rest_.front().empty()) rest_ = rest_.subspan(1);
  }
  std::span<const std::string_view> rest_;
  size_t offset_ = 0;
};

}  // namespace

Task<Result<size_t>> SimStream::read_some(std::span<char> out, MonotonicTime deadline) {
  Connection::End& end = connection_->end(side_);
  Links& links = end.life->network().links();
  for (;;) {
    if (!end.open) co_return closed();
    if (end.available() > 0) {
      size_t most = std::min(out.size(), end.available());
      if (most > 1 && links.chance(links.faults().short_read_probability)) most = 1 + links.random().below(most);
      const std::string bytes = connection_->take(side_, most);
      std::memcpy(out.data(), bytes.data(), bytes.size());
      co_return bytes.size();
    }
    if (end.broken) co_return closed();
    if (end.end_received) co_return 0;
    if (!co_await end.reader.wait(deadline)) co_return fail(ErrorKind::kTimeout, "nothing to read by the deadline");
  }
}

Task<Result<void>> SimStream::write_all(std::span<const std::string_view> pieces, MonotonicTime deadline) {
  Connection::End& end = connection_->end(side_);
  Links& links = end.life->network().links();
  Pieces rest(pieces);
  for (;;) {
    if (!end.open || end.broken || end.end_sent) co_return closed();
    if (rest.empty()) co_return Result<void>();
    const uint64_t window = links.faults().window_bytes;
    if (end.unread_bytes < window) {
      connection_->send_bytes(side_, rest.take(std::min<size_t>(window - end.unread_bytes, kSegmentBytesMax)));
    } else if (!co_await end.writer.wait(deadline)) {
      co_return fail(ErrorKind::kTimeout, "the peer did not read by the deadline");
    }
  }
}

bool SimListener::full() const {
  return queue_.size() >= kAcceptQueueMax;
}

bool SimListener::offer(std::shared_ptr<Connection> connection) {
  if (!open_ || full()) return false;
  queue_.push_back(std::move(connection));
  acceptor_.wake();
  return true;
}

Task<Result<std::unique_ptr<env::Stream>>> SimListener::accept() {
  for (;;) {
    if (!open_) co_return fail(ErrorKind::kClosed, address_.text + ": no longer listening");
    if (!queue_.empty()) {
      auto connection = std::move(queue_.front());
      queue_.pop_front();
      co_return std::make_unique<SimStream>(std::move(connection), 1);
    }
    (void)co_await acceptor_.wait(MonotonicTime::never());
  }
}

void SimListener::close() {
  if (!open_) return;
  open_ = false;
  life_.network().remove_listener(place_, *this);
  for (const auto& connection : queue_) connection->close(1);
  queue_.clear();
  acceptor_.wake();
}

}  // namespace garage::sim
