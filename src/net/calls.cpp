#include "net/calls.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "net/body_sender.hpp"
#include "net/connection.hpp"
#include "net/message.hpp"
#include "telemetry/traceparent.hpp"

namespace garage::net {
namespace {

// Waiting for an answer at once. Who asks bounds itself long before.
constexpr size_t kCallsMax = 65536;
constexpr size_t kWholePieceBytes = 60 * 1024;
constexpr size_t kLargeAnswerBytes = 1024 * 1024 + 4096;

// Rounded up, so that the peer never gives up first. Nothing for a time without end.
std::optional<uint32_t> time_left_ms(runtime::Loop& loop, MonotonicTime deadline) {
  if (deadline == MonotonicTime::never()) return std::nullopt;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(std::max(Duration{0}, deadline - loop.now()));
  return static_cast<uint32_t>(std::min<int64_t>(left.count(), UINT32_MAX));
}

}  // namespace

Calls::Calls(std::shared_ptr<Link> link) : link_(std::move(link)) {}

Task<Result<std::string>> Calls::call(std::shared_ptr<Calls> self, std::string operation, std::string payload,
                                      MonotonicTime deadline, Priority priority) {
  if (!is_operation_name(operation)) co_return fail(ErrorKind::kInvalid, "this cannot be the name of an operation");
  if (payload.size() > kMessageBytesMax)
    co_return fail(ErrorKind::kInvalid, fmt::format("the request is larger than {} bytes", kMessageBytesMax));
  if (self->lost_) co_return std::unexpected(*self->lost_);
  if (self->pending_.size() >= kCallsMax)
    co_return fail(ErrorKind::kOverloaded, "too many calls wait on one connection");
  runtime::Loop& loop = *runtime::Loop::current();
  const uint32_t stream = self->free_stream();
  auto [promise, future] = runtime::make_future<Result<std::string>>();
  const auto call = std::make_shared<Pending>();
  call->waiter = std::move(promise);
  call->priority = static_cast<uint8_t>(priority);
  self->pending_.emplace(stream, call);
  runtime::TimerId timer = 0;
  if (deadline != MonotonicTime::never()) {
    timer = loop.call_after(std::max(Duration{0}, deadline - loop.now()),
                            [self, stream, call] { self->give_up(self, stream, call); });
  }
  // Apart from the wait: neither a slow line nor an early answer keeps the caller.
  RequestHead head{.operation = std::move(operation),
                   .time_left_ms = time_left_ms(loop, deadline),
                   .body_bytes = static_cast<uint32_t>(payload.size()),
                   .traceparent = telemetry::current_traceparent()};
  self->senders_.spawn(send_request(self, stream, call, encode_request_head(head), std::move(payload)));
  auto outcome = co_await std::move(future);
  if (timer != 0) loop.cancel(timer);
  co_return outcome;
}

// Numbers run on, so that a late frame is not taken for one of the next call; those still in use are skipped.
uint32_t Calls::free_stream() {
  const uint32_t first = link_->dialled() ? 1 : 2;
  do {
    last_stream_ = last_stream_ == 0 || last_stream_ >= UINT32_MAX - 2 ? first : last_stream_ + 2;
  } while (pending_.contains(last_stream_));
  return last_stream_;
}

Task<void> Calls::send_request(std::shared_ptr<Calls> self, uint32_t stream, std::shared_ptr<Pending> call,
                               std::string head, std::string payload) {
  const std::shared_ptr<const bool> unwanted(call, &call->unwanted);
  const auto whole =
      co_await send_body(self->link_, stream, call->priority, std::move(head), std::move(payload), unwanted);
  if (!whole) co_return;  // the link has ended; whoever receives from it tells the callers
  // A caller that gave up meanwhile left it to us to say so.
  if (*whole && (!call->unwanted || call->answered)) {
    call->sent = true;
    self->forget_if_over(stream, *call);
  } else {
    co_await send_cancel(self, stream, call);
  }
}

Task<void> Calls::send_cancel(std::shared_ptr<Calls> self, uint32_t stream, std::shared_ptr<Pending> call) {
  const std::array<Frame, 1> frames{
      Frame{.head = {.stream = stream, .type = FrameType::kCancel, .priority = call->priority}, .payload = {}}};
  if (!co_await self->link_->send(frames)) co_return;
  call->sent = true;
  self->forget_if_over(stream, *call);
}

void Calls::tell(Pending& call, Result<std::string> outcome) {
  if (call.waiter) std::exchange(call.waiter, std::nullopt)->set(std::move(outcome));
}

void Calls::give_up(const std::shared_ptr<Calls>& self, uint32_t stream, const std::shared_ptr<Pending>& call) {
  if (!call->waiter) return;
  tell(*call, fail(ErrorKind::kTimeout, "no answer before the deadline"));
  call->unwanted = true;
  std::string().swap(call->answer);
  if (std::exchange(call->sent, false)) senders_.spawn(send_cancel(self, stream, call));
}

Result<void> Calls::take(const Frame& frame) {
  const auto found = pending_.find(frame.head.stream);
  if (found == pending_.end() || found->second->answered)
    return fail(ErrorKind::kCorrupt, "the peer answers what was not asked");
  const std::shared_ptr<Pending> call = found->second;
  switch (frame.head.type) {
    case FrameType::kData:
      return take_data(*call, frame.payload);
    case FrameType::kEnd:
      answered(frame.head.stream, *call, std::move(call->answer));
      return {};
    case FrameType::kError:
      answered(frame.head.stream, *call, std::unexpected(decode_error(frame.payload)));
      return {};
    default:
      return fail(ErrorKind::kCorrupt, "the peer sent a frame that is no answer");
  }
}

Result<void> Calls::take_data(Pending& call, std::string_view payload) {
  if (call.unwanted) return {};
  if (call.answer.size() + payload.size() > kMessageBytesMax)
    return fail(ErrorKind::kCorrupt, fmt::format("the peer's answer is larger than {} bytes", kMessageBytesMax));
  // A whole piece announces a large answer, most often a block: room for one is made at once.
  if (call.answer.empty() && payload.size() >= kWholePieceBytes) call.answer.reserve(kLargeAnswerBytes);
  call.answer.append(payload);
  return {};
}

void Calls::answered(uint32_t stream, Pending& call, Result<std::string> outcome) {
  call.answered = true;
  call.unwanted = true;  // if the request is still being sent, the rest is not needed
  tell(call, std::move(outcome));
  forget_if_over(stream, call);
}

void Calls::forget_if_over(uint32_t stream, const Pending& call) {
  if (call.sent && call.answered) pending_.erase(stream);
}

void Calls::lose(Error reason) {
  lost_ = std::move(reason);
  for (auto& [stream, call] : std::exchange(pending_, {})) {
    call->unwanted = true;
    tell(*call, std::unexpected(*lost_));
  }
}

}  // namespace garage::net
