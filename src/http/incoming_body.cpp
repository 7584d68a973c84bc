#include "http/incoming_body.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/assert.hpp"
#include "runtime/loop.hpp"

namespace garage::http {
namespace {

// Below this a piece of a chunk is received together with the framing behind it, above it goes straight to the caller.
constexpr uint64_t kDirectBytesMin = 16 * 1024;
constexpr size_t kDrainPieceBytes = 4 * 1024;

}  // namespace

void IncomingBody::begin(env::Stream& stream, ReadBuffer& buffer, Pace pace, BodyFraming framing, uint64_t length) {
  stream_ = &stream;
  buffer_ = &buffer;
  pace_ = pace;
  framing_ = framing;
  left_ = framing == BodyFraming::kLength ? length : 0;
  finished_ = framing == BodyFraming::kNone || (framing == BodyFraming::kLength && length == 0);
  decoder_.reset();
  continue_owed_ = false;
  failure_.reset();
  waited_ = Duration{0};
  window_bytes_ = 0;
}

Task<Result<size_t>> IncomingBody::read(std::span<char> out) {
  ASSERT(!out.empty(), "a read of nothing would look like the end");
  if (failure_) co_return std::unexpected(*failure_);
  if (continue_owed_) {
    if (buffer_->unread().empty()) CO_CHECK_OK(co_await send_continue());
    continue_owed_ = false;
  }
  if (finished_) co_return size_t{0};
  switch (framing_) {
    case BodyFraming::kNone:
      break;
    case BodyFraming::kLength: {
      CO_TRY(const size_t size, co_await read_counted(out, left_));
      left_ -= size;
      finished_ = left_ == 0;
      co_return size;
    }
    case BodyFraming::kChunked:
      co_return co_await read_chunked(out);
    case BodyFraming::kUntilClose:
      co_return co_await read_until_close(out);
  }
  co_return size_t{0};
}

Task<Result<void>> IncomingBody::drain(uint64_t bytes_max) {
  std::array<char, kDrainPieceBytes> piece;
  uint64_t drained = 0;
  while (!finished_) {
    if (drained + bytes_left_min() > bytes_max || drained > bytes_max) {
      co_return fail(ErrorKind::kOverloaded, "the rest of the body is too long to be drained");
    }
    CO_TRY(const size_t size, co_await read(piece));
    drained += size;
  }
  if (failure_) co_return std::unexpected(*failure_);
  co_return Result<void>();
}

Task<Result<void>> IncomingBody::send_continue() {
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  const std::array<std::string_view, 1> pieces = {kContinue};
  const auto now = runtime::Loop::current()->now();
  auto sent = co_await stream_->write_all(pieces, std::min(pace_.deadline, now + pace_.window));
  if (!sent) failure_ = sent.error();
  co_return sent;
}

Task<Result<size_t>> IncomingBody::read_counted(std::span<char> out, uint64_t left) {
  if (!buffer_->unread().empty()) co_return take_buffered(out, left);
  CO_TRY(const size_t size, co_await receive(out.first(static_cast<size_t>(std::min<uint64_t>(out.size(), left)))));
  if (size == 0) co_return give_up(ErrorKind::kClosed, "the peer hung up before the end of the body");
  co_return size;
}

Task<Result<size_t>> IncomingBody::read_chunked(std::span<char> out) {
  for (;;) {
    if (const uint64_t left = decoder_.data_left(); left > 0) {
      if (buffer_->unread().empty() && left < kDirectBytesMin) CO_CHECK_OK(co_await receive_framing());
      CO_TRY(const size_t size, co_await read_counted(out, left));
      decoder_.take_data(size);
      co_return size;
    }
    const auto used = decoder_.step(buffer_->unread());
    if (!used) co_return give_up(ErrorKind::kInvalid, used.error().data());
    buffer_->consume(*used);
    if (decoder_.finished()) {
      finished_ = true;
      co_return size_t{0};
    }
    if (decoder_.data_left() == 0) CO_CHECK_OK(co_await receive_framing());
  }
}

void IncomingBody::skip_buffered_chunks() {
  while (may_be_endless() && !failed() && !buffer_->unread().empty()) {
    const std::string_view unread = buffer_->unread();
    if (const uint64_t left = decoder_.data_left(); left > 0) {
      const auto size = static_cast<size_t>(std::min<uint64_t>(left, unread.size()));
      buffer_->consume(size);
      decoder_.take_data(size);
    } else if (const auto used = decoder_.step(unread)) {
      buffer_->consume(*used);
      finished_ = decoder_.finished();
    } else {
      failure_ = Error{ErrorKind::kInvalid, used.error().data()};
    }
  }
}

Task<Result<size_t>> IncomingBody::read_until_close(std::span<char> out) {
  if (!buffer_->unread().empty()) co_return take_buffered(out, out.size());
  CO_TRY(const size_t size, co_await receive(out));
  finished_ = size == 0;
  co_return size;
}

Task<Result<size_t>> IncomingBody::receive(std::span<char> out) {
  runtime::Loop& loop = *runtime::Loop::current();
  for (;;) {
    const MonotonicTime begin = loop.now();
    if (begin >= pace_.deadline) co_return give_up(ErrorKind::kTimeout, "the body did not come in time");
    auto got = co_await stream_->read_some(out, std::min(pace_.deadline, begin + (pace_.window - waited_)));
    waited_ += loop.now() - begin;
    if (got) {
      window_bytes_ += *got;
    } else if (got.error().kind != ErrorKind::kTimeout) {
      co_return give_up(ErrorKind::kClosed, "the connection broke before the end of the body");
    }
    if (waited_ >= pace_.window) {
      const uint64_t wanted = pace_.rate_min_bytes_per_s * static_cast<uint64_t>(pace_.window / 1s);
      if (window_bytes_ < wanted) co_return give_up(ErrorKind::kTimeout, "the body comes too slowly");
      waited_ = Duration{0};
      window_bytes_ = 0;
    }
    if (got) co_return *got;
  }
}

Task<Result<void>> IncomingBody::receive_framing() {
  const std::span<char> space = buffer_->space();
  ASSERT(!space.empty(), "there is room behind the head");
  CO_TRY(const size_t size, co_await receive(space));
  if (size == 0)
    co_return std::unexpected(give_up(ErrorKind::kClosed, "the peer hung up before the end of the body").error());
  buffer_->received(size);
  co_return Result<void>();
}

size_t IncomingBody::take_buffered(std::span<char> out, uint64_t left) {
  const std::string_view unread = buffer_->unread();
  const auto size = static_cast<size_t>(std::min<uint64_t>({out.size(), left, unread.size()}));
  std::memcpy(out.data(), unread.data(), size);
  buffer_->consume(size);
  return size;
}

Result<size_t> IncomingBody::give_up(ErrorKind kind, const char* message) {
  failure_ = Error{kind, message};
  return std::unexpected(*failure_);
}

}  // namespace garage::http
