#include "http/connection.hpp"

#include <algorithm>
#include <cstring>

#include "base/log.hpp"
#include "http/head_parser.hpp"
#include "runtime/loop.hpp"

namespace garage::http {
namespace {

// A connection that has just been active keeps its memory this long; a busy client never waits for it.
constexpr Duration kWorkspaceLinger = 1s;
// Room behind the head for the framing of a body.
constexpr size_t kRoomBytesMin = 2 * 1024;
// How much and how long a closing connection listens for what the peer still had under way.
constexpr size_t kLingerBytesMax = 4 * 1024 * 1024;
constexpr Duration kLingerTime = 2s;

MonotonicTime now() {
  return runtime::Loop::current()->now();
}

}  // namespace

Task<void> Connection::serve(ServerCore::Place place) {
  while (co_await wait_for_request(place)) {
    const bool goes_on = co_await read_head() && co_await answer_request();
    if (!goes_on) break;
  }
  stream_->close();
}

Task<bool> Connection::wait_for_request(ServerCore::Place place) {
  if (work_ && !work_->buffer.unread().empty()) co_return true;  // the next request came along with the last one
  core_.mark_idle(place);
  take_workspace();
  const Duration linger = core_.stopping() ? kFarewell : kWorkspaceLinger;
  auto got = co_await stream_->read_some(work_->buffer.space(), now() + std::min(linger, core_.options().idle_timeout));
  if (got && *got > 0) {
    work_->buffer.received(*got);
    core_.mark_busy(place);
    co_return true;
  }
  if (got || got.error().kind != ErrorKind::kTimeout || core_.stopping()) co_return false;
  core_.workspaces().give_back(std::move(work_));
  if (!co_await wait_without_workspace()) co_return false;
  core_.mark_busy(place);
  co_return true;
}

Task<bool> Connection::wait_without_workspace() {
  const Duration patience = core_.options().idle_timeout - kWorkspaceLinger;
  if (patience <= Duration{0}) co_return false;
  const auto got = co_await stream_->read_some(first_bytes_, now() + patience);
  if (!got || *got == 0) co_return false;
  take_workspace();
  std::memcpy(work_->buffer.space().data(), first_bytes_.data(), *got);
  work_->buffer.received(*got);
  co_return true;
}

void Connection::take_workspace() {
  if (work_) return;
  work_ = core_.workspaces().take();
  work_->request.peer = peer_;
  work_->request.body = &work_->body;
}

Task<bool> Connection::read_head() {
  const MonotonicTime deadline = now() + core_.options().header_timeout;
  const GateLimits limits = core_.gate_limits();
  ReadBuffer& buffer = work_->buffer;
  work_->scanner = HeadScanner();
  for (;;) {
    const auto head_size = work_->scanner.scan(buffer.unread(), limits);
    std::optional<Refusal> refusal;
    if (!head_size) {
      refusal = head_size.error();
    } else if (*head_size) {
      refusal = begin_request(**head_size);
      if (!refusal) co_return true;
    }
    if (refusal) {
      co_await refuse(*refusal);
      co_return false;
    }
    if (buffer.space().empty()) buffer.grow(limits.block_bytes_max + Workspace::kBufferBytes);
    const auto got = co_await stream_->read_some(buffer.space(), deadline);
    if (got && *got > 0) {
      buffer.received(*got);
      continue;
    }
    if (!got && got.error().kind == ErrorKind::kTimeout) {
      co_await refuse(Refusal{408, "the request head did not come in time"});
    }
    co_return false;
  }
}

std::optional<Refusal> Connection::begin_request(size_t head_size) {
  ReadBuffer& buffer = work_->buffer;
  const auto framing = check_head(buffer.unread().substr(0, head_size), core_.gate_limits());
  if (!framing) return framing.error();
  if (buffer.capacity() < head_size + kRoomBytesMin) buffer.grow(head_size + Workspace::kBufferBytes);
  work_->framing = *framing;
  const std::span<char> head = buffer.pin(head_size);
  if (auto refusal = parse_head(head, *framing, work_->request)) return refusal;

  const ServerOptions& options = core_.options();
  BodyFraming body = BodyFraming::kNone;
  if (framing->chunked) body = BodyFraming::kChunked;
  if (framing->content_length) body = BodyFraming::kLength;
  work_->body.begin(*stream_, buffer,
                    Pace{.rate_min_bytes_per_s = options.rate_min_bytes_per_s, .window = options.rate_window}, body,
                    framing->content_length.value_or(0));
  if (work_->request.expects_continue) work_->body.expect_continue();
  return std::nullopt;
}

Task<bool> Connection::answer_request() {
  Response response = co_await core_.handler().handle(work_->request);
  work_->body.skip_buffered_chunks();
  const bool close = must_close_after(response);
  work_->body.answer_begins();
  if (!co_await send(std::move(response), close)) co_return false;
  if (close) {
    // A client that did not ask for the end may have sent its next request already.
    if (work_->request.keep_alive || !work_->body.finished() || !work_->buffer.unread().empty()) co_await linger();
    co_return false;
  }
  if (!work_->body.finished()) {
    work_->body.limit_until(now() + core_.options().drain_timeout);
    if (!co_await work_->body.drain(core_.options().drain_bytes_max)) {
      co_await linger();
      co_return false;
    }
  }
  work_->buffer.unpin();
  co_return true;
}

bool Connection::must_close_after(const Response& response) const {
  const IncomingBody& body = work_->body;
  if (response.close || !work_->request.keep_alive || core_.stopping()) return true;
  // Nobody knows where the next request would begin, or it is too far away to look for it.
  return body.failed() || body.continue_owed() || body.may_be_endless() ||
         body.bytes_left_min() > core_.options().drain_bytes_max;
}

AnswerForm Connection::answer_form(bool close) const {
  const ServerOptions& options = core_.options();
  return AnswerForm{.to_head = work_->request.method == Method::kHead,
                    .http_1_0 = work_->framing.http_1_0,
                    .close = close,
                    .date = core_.date(),
                    .server = options.server_name,
                    .rate_min_bytes_per_s = options.rate_min_bytes_per_s,
                    .patience = options.rate_window};
}

Task<bool> Connection::send(Response response, bool close) {
  const AnswerForm form = answer_form(close);
  const Sending sending = co_await send_response(*stream_, work_->head, std::move(response), form);
  if (!sending.fault.empty()) tell_failed(sending);
  if (sending.sent != Sent::kNothing) co_return sending.sent == Sent::kWhole;
  Response instead = core_.handler().refuse(500, "the answer could not be produced");
  instead.stream.reset();
  const Sending second = co_await send_response(*stream_, work_->head, std::move(instead), answer_form(close));
  co_return second.sent == Sent::kWhole;
}

// Its handler had answered, and everything before the body looked well.
void Connection::tell_failed(const Sending& sending) {
  const Request& request = work_->request;
  // Without the query, which may hold a signature.
  LOG_WARN("http", "the answer to {} {} of {} {}: {}", request.method_text, request.raw_path, peer_,
           sending.sent == Sent::kNothing ? "could not be begun" : "was broken off", sending.fault);
  core_.handler().answer_failed(request);
}

Task<void> Connection::refuse(Refusal refusal) {
  LOG_DEBUG("http", "refused a request of {}: {}", peer_, refusal.reason);
  // Nothing of the request is trusted, not even that it was a HEAD.
  work_->request.method = Method::kOther;
  work_->framing = Framing();
  Response response = core_.handler().refuse(refusal.status, refusal.reason);
  response.stream.reset();
  if (co_await send(std::move(response), true)) co_await linger();
}

Task<void> Connection::linger() {
  stream_->finish_writing();
  const MonotonicTime deadline = now() + kLingerTime;
  work_->buffer.unpin();
  work_->buffer.consume(work_->buffer.unread().size());
  for (size_t total = 0; total < kLingerBytesMax;) {
    const auto got = co_await stream_->read_some(work_->buffer.space(), deadline);
    if (!got || *got == 0) co_return;
    total += *got;
  }
}

}  // namespace garage::http
