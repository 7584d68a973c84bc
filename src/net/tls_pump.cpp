#include "net/tls_pump.hpp"

#include <algorithm>
#include <array>

#include "runtime/loop.hpp"

namespace garage::net {
namespace {

// Ciphertext held back before it is sent.
constexpr size_t kOutputBytesMax = 64 * 1024;
// What is received at once: more where a read fills it, so that few calls carry much, and a quiet link holds little.
constexpr size_t kReceiveBytesMin = 8 * 1024;
constexpr size_t kReceiveBytesMax = 64 * 1024;
// What a session may want to say of itself, before the peer takes any of it: a peer that asks for new keys again and
// again, and reads nothing, would fill our memory with answers.
constexpr size_t kRepliesBytesMax = 64 * 1024;
// After so many small writes in a row, a link that was busy gives its room back.
constexpr size_t kSmallBytes = 8 * 1024;
constexpr unsigned kSmallWritesMax = 64;

}  // namespace

// Until nobody sends; false where that takes too long.
Task<bool> TlsPump::wait_for_turn(std::shared_ptr<TlsPump> self, MonotonicTime deadline) {
  runtime::Loop& loop = *runtime::Loop::current();
  while (self->sending_) {
    if (loop.now() >= deadline) co_return false;
    runtime::TimerId timer = 0;
    if (deadline != MonotonicTime::never())
      timer = loop.call_after(deadline - loop.now(), [self] { self->sent_.notify_all(); });
    co_await self->sent_.wait();
    if (timer != 0) loop.cancel(timer);
  }
  co_return true;
}

// Whoever sends takes everything there is, in order; output that appears meanwhile goes with the next round.
Task<Result<void>> TlsPump::flush(std::shared_ptr<TlsPump> self, MonotonicTime deadline) {
  if (self->sending_ && !self->failed_) {
    const bool in_time = co_await wait_for_turn(self, deadline);
    if (!in_time) {
      self->failed_ = true;  // what was to be sent may be sent yet
      co_return fail(ErrorKind::kTimeout, "the peer did not take earlier bytes before the deadline");
    }
  }
  while (self->session_->has_output() && !self->failed_) {
    self->session_->take_output(self->outgoing_);
    self->reply_bytes_ = 0;
    self->note_write();
    const std::array<std::string_view, 1> pieces{self->outgoing_};
    self->sending_ = true;
    auto sent = co_await self->below_->write_all(pieces, deadline);
    self->sending_ = false;
    self->sent_.notify_all();
    if (!sent) {
      self->failed_ = true;
      co_return sent;
    }
  }
  if (self->failed_) co_return fail(ErrorKind::kClosed, "an earlier write failed");
  co_return Result<void>();
}

// What was sent before lies in outgoing_'s twin, within the session.
void TlsPump::note_write() {
  small_writes_ = outgoing_.size() > kSmallBytes ? 0 : small_writes_ + 1;
  if (small_writes_ < kSmallWritesMax || outgoing_.capacity() <= 4 * kSmallBytes) return;
  outgoing_.shrink_to_fit();
}

Task<Result<void>> TlsPump::receive(std::shared_ptr<TlsPump> self, MonotonicTime deadline) {
  const size_t room = self->received_.size();
  if (room == 0 || (self->filled_ && room < kReceiveBytesMax))
    self->received_.resize(std::max(2 * room, kReceiveBytesMin));
  CO_TRY(const size_t size, co_await self->below_->read_some(self->received_, deadline));
  if (size == 0) co_return fail(ErrorKind::kClosed, "the peer cut the connection");
  self->session_->feed(std::string_view(self->received_).substr(0, size));
  self->filled_ = size == self->received_.size();
  co_return Result<void>();
}

Task<Result<void>> TlsPump::handshake(std::shared_ptr<TlsPump> self, MonotonicTime deadline) {
  for (;;) {
    const auto done = self->session_->handshake();
    // Also after a failure: the alert tells the peer why.
    auto sent = co_await flush(self, deadline);
    if (!done) co_return std::unexpected(done.error());
    if (!sent) co_return sent;
    if (*done) co_return Result<void>();
    CO_CHECK_OK(co_await receive(self, deadline));
  }
}

Task<Result<size_t>> TlsPump::read_some(std::shared_ptr<TlsPump> self, std::span<char> out, MonotonicTime deadline) {
  for (bool again = false;; again = true) {
    const size_t output_bytes = self->session_->output_bytes();
    const auto got = self->session_->read(out);
    self->reply_bytes_ += self->session_->output_bytes() - output_bytes;
    // A reply of the session itself. Not with our deadline, since a write left half done would end the stream; and if
    // somebody is sending, they take it along.
    if (self->session_->has_output() && !self->sending_) self->background_.spawn(flush_in_background(self, false));
    if (!got) co_return std::unexpected(got.error());
    if (*got) co_return **got;
    if (self->reply_bytes_ > kRepliesBytesMax)
      co_return fail(ErrorKind::kCorrupt, "the peer asks for more answers than it takes");
    // Where something always comes, but never a byte for us, the stream below sees no deadline.
    if (again && runtime::Loop::current()->now() >= deadline)
      co_return fail(ErrorKind::kTimeout, "no bytes came before the deadline");
    CO_CHECK_OK(co_await receive(self, deadline));
  }
}

Task<Result<void>> TlsPump::write_all(std::shared_ptr<TlsPump> self, std::span<const std::string_view> pieces,
                                      MonotonicTime deadline) {
  if (self->finished_) co_return fail(ErrorKind::kClosed, "nothing can be sent after the farewell");
  std::string gathered;  // small pieces share a record
  for (std::string_view piece : pieces) {
    while (!piece.empty()) {
      std::string_view record;
      if (gathered.empty() && piece.size() >= kTlsRecordBytesMax) {
        record = piece.substr(0, kTlsRecordBytesMax);
        piece.remove_prefix(record.size());
      } else {
        const size_t size = std::min(piece.size(), kTlsRecordBytesMax - gathered.size());
        gathered.append(piece.substr(0, size));
        piece.remove_prefix(size);
        if (gathered.size() < kTlsRecordBytesMax) break;
        record = gathered;
      }
      CO_CHECK_OK(self->session_->write(record));
      if (record.data() == gathered.data()) gathered.clear();
      if (self->session_->output_bytes() >= kOutputBytesMax) CO_CHECK_OK(co_await flush(self, deadline));
    }
  }
  if (!gathered.empty()) CO_CHECK_OK(self->session_->write(gathered));
  co_return co_await flush(self, deadline);
}

void TlsPump::finish_writing(const std::shared_ptr<TlsPump>& self) {
  if (std::exchange(self->finished_, true)) return;
  self->session_->farewell();
  self->background_.spawn(flush_in_background(self, true));
}

// Without a deadline: it ends when the peer takes the bytes or the stream is closed.
Task<void> TlsPump::flush_in_background(std::shared_ptr<TlsPump> self, bool finish) {
  const auto sent = co_await flush(self, MonotonicTime::never());
  if (sent && finish) self->below_->finish_writing();
}

}  // namespace garage::net
