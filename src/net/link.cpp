#include "net/link.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "codec/big_endian.hpp"
#include "net/message.hpp"
#include "net/part.hpp"
#include "runtime/end_of_turn.hpp"

namespace garage::net {
namespace {

constexpr size_t kPingBytes = 8;
constexpr size_t kPingsMax = 64;
// What goes out in one write, where several send at the same time.
constexpr size_t kWriteBytesMax = 64 * 1024;
// What is smaller waits for others that are about to send as well.
constexpr size_t kSmallBytes = 8 * 1024;

}  // namespace

Link::Link(std::unique_ptr<env::Stream> stream, FrameReader reader, PeerInfo peer, bool dialled, Duration write_timeout)
    : stream_(std::move(stream)),
      reader_(std::move(reader)),
      peer_(std::move(peer)),
      dialled_(dialled),
      write_timeout_(write_timeout) {
  reader_.set_payload_bytes_max(kFramePayloadBytesMax);
}

Task<Result<Frame>> Link::receive(MonotonicTime deadline) {
  const auto self = shared_from_this();
  for (;;) {
    auto frame = co_await reader_.next(deadline);
    if (!frame) {
      if (frame.error().kind != ErrorKind::kTimeout) close();
      co_return frame;
    }
    if (frame->head.stream != 0) co_return frame;
    if (auto handled = control(*frame); !handled) {
      close();
      co_return std::unexpected(handled.error());
    }
  }
}

Result<void> Link::control(const Frame& frame) {
  switch (frame.head.type) {
    case FrameType::kPing:
      if (frame.payload.size() != kPingBytes) return fail(ErrorKind::kCorrupt, "a ping has a wrong size");
      if ((frame.head.flags & kFrameFlagAnswer) == 0) {
        answer_ping(frame.payload);
      } else {
        settle_ping(codec::load_u64_be(frame.payload.data()), {});
      }
      return {};
    case FrameType::kError: {
      Error error = decode_error(frame.payload);
      error.message = one_line(error.message);
      return std::unexpected(error.within("the peer ended the connection"));
    }
    default:
      return fail(ErrorKind::kCorrupt, "the peer sent a frame without a stream");
  }
}

void Link::answer_ping(std::string_view payload) {
  echo_due_ = std::string(payload);
  if (!std::exchange(echoing_, true)) background_.spawn(echo(shared_from_this()));
}

Task<void> Link::echo(std::shared_ptr<Link> self) {
  while (self->echo_due_) {
    const std::string payload = *std::exchange(self->echo_due_, std::nullopt);
    const std::array<Frame, 1> frames{
        Frame{.head = {.stream = 0, .type = FrameType::kPing, .flags = kFrameFlagAnswer}, .payload = payload}};
    if (!co_await self->send(frames)) break;
  }
  self->echoing_ = false;
}

Task<Result<Duration>> Link::ping(MonotonicTime deadline) {
  const auto self = shared_from_this();
  if (!open_) co_return fail(ErrorKind::kClosed, "the connection is closed");
  if (pings_.size() >= kPingsMax) co_return fail(ErrorKind::kOverloaded, "too many pings are waiting");
  runtime::Loop& loop = *runtime::Loop::current();
  const MonotonicTime start = loop.now();
  const uint64_t number = ++last_ping_;
  auto [promise, future] = runtime::make_future<Result<void>>();
  pings_.push_back({number, std::move(promise)});
  runtime::TimerId timer = 0;
  if (deadline != MonotonicTime::never()) {
    timer = loop.call_after(std::max(Duration{0}, deadline - start), [self, number] {
      self->settle_ping(number, fail(ErrorKind::kTimeout, "no echo before the deadline"));
    });
  }
  background_.spawn(send_ping(self, number));
  const auto outcome = co_await std::move(future);
  std::erase_if(pings_, [number](const Ping& ping) { return ping.number == number; });
  if (timer != 0) loop.cancel(timer);
  if (!outcome) co_return std::unexpected(outcome.error());
  co_return loop.now() - start;
}

// Apart from the wait, so that a peer that takes nothing cannot hold it beyond its deadline.
Task<void> Link::send_ping(std::shared_ptr<Link> self, uint64_t number) {
  std::string payload;
  codec::append_u64_be(payload, number);
  const std::array<Frame, 1> frames{Frame{.head = {.stream = 0, .type = FrameType::kPing}, .payload = payload}};
  co_await self->send(frames);  // a failure closes the link, which settles the ping
}

void Link::settle_ping(uint64_t number, Result<void> outcome) {
  for (Ping& ping : pings_) {
    if (ping.number != number || !ping.echo) continue;
    std::exchange(ping.echo, std::nullopt)->set(std::move(outcome));
    return;
  }
}

Task<Result<void>> Link::send(std::span<const Frame> frames) {
  const auto self = shared_from_this();
  std::vector<std::string> heads;
  SendQueue::Parcel parcel{
      .pieces = {}, .priority = frames.empty() ? uint8_t{0} : frames[0].head.priority, .outcome = {}};
  heads.reserve(frames.size());  // pieces point into them
  for (const Frame& frame : frames) {
    parcel.pieces.push_back(heads.emplace_back(encode_frame_head(frame.head, frame.payload)));
    parcel.pieces.push_back(frame.payload);
    parcel.bytes += kFrameHeaderBytes + frame.payload.size();
  }
  co_await senders_.turn(parcel);
  if (parcel.outcome) co_return std::move(*parcel.outcome);
  // Questions and answers of the same moment share a record and a system call.
  if (parcel.bytes < kSmallBytes) co_await runtime::EndOfTurn{};
  const auto companions = senders_.companions(parcel, kWriteBytesMax);
  for (const auto* other : companions)
    parcel.pieces.insert(parcel.pieces.end(), other->pieces.begin(), other->pieces.end());
  Result<void> sent = fail(ErrorKind::kClosed, "the connection is closed");
  if (open_ && !finished_)
    sent = co_await stream_->write_all(parcel.pieces, runtime::Loop::current()->now() + write_timeout_);
  senders_.done(companions, sent);
  // A frame left half done cannot be completed by anybody.
  if (!sent && !finished_) close();
  co_return sent;
}

void Link::finish() {
  finished_ = true;
  stream_->finish_writing();
}

void Link::close() {
  open_ = false;
  stream_->close();
  if (runtime::Loop::current() == nullptr) return;  // nobody waits
  for (Ping& ping : pings_) settle_ping(ping.number, fail(ErrorKind::kClosed, "the connection was lost"));
}

Task<void> Link::close_with(Error reason) {
  const auto self = shared_from_this();
  const std::string payload = encode_error(reason);
  const std::array<Frame, 1> frames{Frame{.head = {.stream = 0, .type = FrameType::kError}, .payload = payload}};
  if (open_ && co_await send(frames)) {
    finished_ = true;
    co_await part_politely(*stream_, MonotonicTime::never());
  }
  close();
}

}  // namespace garage::net
