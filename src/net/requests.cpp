#include "net/requests.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/log.hpp"
#include "net/body_sender.hpp"
#include "net/connection.hpp"
#include "net/message.hpp"
#include "telemetry/traceparent.hpp"

namespace garage::net {
namespace {

// Streams that are only remembered until the peer has heard the refusal and stopped sending.
constexpr size_t kRefusedStreamsMax = 4096;
// A question rather than data. Where answers that the peer is slow to take fill all the room, it has as much again: or
// a row could not be asked for because of blocks that are on their way.
constexpr size_t kSmallBodyBytes = 4096;

std::unexpected<Error> broken(uint32_t stream, std::string_view what) {
  return fail(ErrorKind::kCorrupt, fmt::format("the peer broke the rules on stream {}: {}", stream, what));
}

}  // namespace

Requests::Requests(std::shared_ptr<Link> link, RequestHandler& handler, const ServerOptions& options)
    : link_(std::move(link)),
      handler_(handler),
      tracer_(options.tracer),
      requests_max_(options.requests_per_connection_max),
      bytes_max_(options.message_bytes_max) {}

Result<void> Requests::take(const Frame& frame) {
  const uint32_t stream = frame.head.stream;
  if (!link_->is_theirs(stream)) return broken(stream, "it is not theirs");
  const auto found = streams_.find(stream);
  if (frame.head.type == FrameType::kRequest) {
    if (found != streams_.end()) return broken(stream, "a second request");
    return take_request(stream, frame.head.priority, frame.payload);
  }
  if (found == streams_.end()) {
    // A cancel may have crossed our answer.
    if (frame.head.type == FrameType::kCancel) return {};
    return broken(stream, "it has no request");
  }
  if (frame.head.type != FrameType::kData && !frame.payload.empty())
    return broken(stream, "a payload has no place here");
  const IncomingPtr incoming = found->second;
  if (frame.head.type == FrameType::kCancel) {
    take_cancel(stream, incoming);
    return {};
  }
  if (incoming->complete) return broken(stream, "the request was complete");
  switch (frame.head.type) {
    case FrameType::kData:
      return take_data(stream, incoming, frame.payload);
    case FrameType::kEnd:
      incoming->complete = true;
      if (!incoming->unwanted) answers_.spawn(answer(stream, incoming));
      forget_if_over(stream, *incoming);
      return {};
    default:
      return broken(stream, "a frame that is no request");
  }
}

Result<void> Requests::take_request(uint32_t stream, uint8_t priority, std::string_view payload) {
  if (streams_.size() >= requests_max_ + kRefusedStreamsMax) return broken(stream, "too many streams");
  const auto incoming = std::make_shared<Incoming>();
  incoming->priority = priority;
  streams_.emplace(stream, incoming);
  auto head = decode_request_head(payload);
  if (!head) {
    refuse(stream, incoming, ErrorKind::kInvalid, head.error().message);
  } else if (refusing_) {
    refuse(stream, incoming, ErrorKind::kUnavailable, "the node is stopping");
  } else if (requests_ >= requests_max_) {
    refuse(stream, incoming, ErrorKind::kOverloaded, "too many requests at once on one connection");
  } else {
    incoming->operation = std::move(head->operation);
    incoming->expected_bytes = std::min<size_t>(head->body_bytes, kMessageBytesMax);
    if (tracer_ != nullptr) incoming->asker = telemetry::parse_traceparent(head->traceparent);
    if (head->time_left_ms)
      incoming->deadline = runtime::Loop::current()->now() + std::chrono::milliseconds(*head->time_left_ms);
    incoming->counted = true;
    ++requests_;
  }
  return {};
}

Result<void> Requests::take_data(uint32_t stream, const IncomingPtr& incoming, std::string_view payload) {
  if (incoming->unwanted) return {};
  // Room for all of the body is counted with its first piece.
  const size_t held = std::max(incoming->body.size() + payload.size(), incoming->expected_bytes);
  if (incoming->body.size() + payload.size() > kMessageBytesMax) {
    refuse(stream, incoming, ErrorKind::kInvalid, fmt::format("the request is larger than {} bytes", kMessageBytesMax));
  } else if (bytes_ - incoming->counted_bytes + held > (held <= kSmallBodyBytes ? 2 * bytes_max_ : bytes_max_)) {
    refuse(stream, incoming, ErrorKind::kOverloaded, "too many bytes at once on one connection");
  } else {
    incoming->body.reserve(incoming->expected_bytes);
    incoming->body.append(payload);
    count_bytes(*incoming, held);
  }
  return {};
}

void Requests::take_cancel(uint32_t stream, const IncomingPtr& incoming) {
  const bool at_work = incoming->complete && !incoming->unwanted;
  incoming->complete = true;
  // Nobody interrupts a handler; its answer is dropped when it comes.
  if (at_work) {
    incoming->unwanted = true;
  } else if (!incoming->unwanted) {
    refuse(stream, incoming, ErrorKind::kClosed, "cancelled");
  }
  forget_if_over(stream, *incoming);
}

// Before a handler has started.
void Requests::refuse(uint32_t stream, const IncomingPtr& incoming, ErrorKind kind, std::string why) {
  incoming->unwanted = true;
  std::string().swap(incoming->body);
  count_bytes(*incoming, 0);
  answers_.spawn(send_answer(stream, incoming, fail(kind, std::move(why))));
}

void Requests::count_bytes(Incoming& incoming, size_t bytes) {
  bytes_ += bytes - std::exchange(incoming.counted_bytes, bytes);
}

Task<void> Requests::answer(uint32_t stream, IncomingPtr incoming) {
  if (runtime::Loop::current()->now() >= incoming->deadline) {
    co_await send_answer(stream, std::move(incoming), fail(ErrorKind::kTimeout, "the request came too late"));
    co_return;
  }
  auto outcome = co_await ask_handler(*incoming);
  count_bytes(*incoming, outcome ? outcome->size() : 0);
  if (incoming->unwanted) {
    outcome = fail(ErrorKind::kClosed, "cancelled");
  } else if (outcome && outcome->size() > kMessageBytesMax) {
    LOG_ERROR("net", "an answer of {} bytes is too large to be sent", outcome->size());
    outcome = fail(ErrorKind::kInternal, fmt::format("the answer is larger than {} bytes", kMessageBytesMax));
  }
  co_await send_answer(stream, std::move(incoming), std::move(outcome));
}

Task<Result<std::string>> Requests::ask_handler(Incoming& incoming) {
  telemetry::Span span(incoming.asker ? tracer_ : nullptr, ">> RPC", telemetry::SpanKind::kServer, incoming.asker);
  if (span.recording()) {
    span.rename(">> RPC " + incoming.operation);
    span.set("path", incoming.operation);
    span.set("len_query_msg", std::to_string(incoming.body.size()));
  }
  auto outcome = co_await handler_.handle(std::move(incoming.operation), std::move(incoming.body), link_->peer());
  if (span.recording() && !outcome) span.fail();
  co_return outcome;
}

Task<void> Requests::send_answer(uint32_t stream, IncomingPtr incoming, Result<std::string> outcome) {
  bool whole = false;
  if (outcome) {
    const std::shared_ptr<const bool> unwanted(incoming, &incoming->unwanted);
    const auto sent =
        co_await send_body(link_, stream, incoming->priority, std::nullopt, *std::move(outcome), unwanted);
    if (!sent) co_return;  // the link has ended
    whole = *sent;
    outcome = fail(ErrorKind::kClosed, "cancelled");
  }
  if (!whole) {
    const std::string payload = encode_error(outcome.error());
    const std::array<Frame, 1> frames{Frame{
        .head = {.stream = stream, .type = FrameType::kError, .priority = incoming->priority}, .payload = payload}};
    if (!co_await link_->send(frames)) co_return;
  }
  answered(stream, *incoming);
}

void Requests::answered(uint32_t stream, Incoming& incoming) {
  incoming.answered = true;
  count_bytes(incoming, 0);
  if (std::exchange(incoming.counted, false)) --requests_;
  forget_if_over(stream, incoming);
}

void Requests::forget_if_over(uint32_t stream, const Incoming& incoming) {
  if (!incoming.complete || !incoming.answered) return;
  streams_.erase(stream);
  if (draining_ && streams_.empty()) link_->finish();
}

void Requests::drain() {
  refusing_ = draining_ = true;
  if (streams_.empty()) link_->finish();
}

}  // namespace garage::net
