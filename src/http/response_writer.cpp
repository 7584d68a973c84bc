#include "http/response_writer.hpp"

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <span>

#include "runtime/loop.hpp"

namespace garage::http {
namespace {

// A piece of an answer is given to the socket in steps of this size, so that a peer that takes nothing is noticed
// early.
constexpr size_t kStepBytes = 256 * 1024;
// An answer of unknown length to HTTP/1.0, which has no chunks, is gathered up to here first.
constexpr size_t kGatherBytesMax = 1024 * 1024;

bool has_no_body(int status) {
  return status < 200 || status == 204 || status == 304;
}

enum class BodyEnd : unsigned char { kNone, kLength, kChunked };

// What the head says about the body. A source of unknown length has been gathered before if chunks are not spoken.
struct BodyForm {
  BodyEnd end = BodyEnd::kNone;
  uint64_t length = 0;
};

BodyForm form_of_body(const Response& response, bool to_head) {
  if (has_no_body(response.status)) return {};
  if (response.stream) {
    if (!response.stream_length) return {BodyEnd::kChunked, 0};
    return {BodyEnd::kLength, *response.stream_length};
  }
  if (to_head && response.entity_length) return {BodyEnd::kLength, *response.entity_length};
  return {BodyEnd::kLength, response.body.size()};
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

void write_head(std::string& out, const Response& response, const AnswerForm& form, const BodyForm& body) {
  out.clear();
  out.append("HTTP/1.1 ");
  fmt::format_to(std::back_inserter(out), "{} ", response.status);
  out.append(reason_phrase(response.status)).append("\r\n").append(response.headers.text());
  append_field(out, "Date", form.date);
  if (!form.server.empty()) append_field(out, "Server", form.server);
  if (body.end == BodyEnd::kLength) append_field(out, "Content-Length", fmt::format_int(body.length).c_str());
  if (body.end == BodyEnd::kChunked && !form.http_1_0) append_field(out, "Transfer-Encoding", "chunked");
  if (form.close) {
    append_field(out, "Connection", "close");
  } else if (form.http_1_0) {
    append_field(out, "Connection", "keep-alive");
  }
  out.append("\r\n");
}

// The state of one answer on its way. Lives in the frame of send_response.
class Sender {
 public:
  Sender(env::Stream& stream, const AnswerForm& form) : stream_(stream), form_(form) {}

  // `before`, data and `after`, data in steps; the first step carries `before`, the last one `after`. All views must
  // stay valid.
  Task<bool> send(std::string_view before, std::string_view data, std::string_view after) {
    for (;;) {
      const std::string_view step = data.substr(0, kStepBytes);
      data.remove_prefix(step.size());
      const std::array<std::string_view, 3> pieces = {before, step, data.empty() ? after : std::string_view()};
      const auto sent = co_await stream_.write_all(pieces, deadline(before.size() + step.size()));
      if (!sent) co_return false;
      if (data.empty()) co_return true;
      before = {};
    }
  }

 private:
  MonotonicTime deadline(size_t bytes) const {
    const auto at_least = std::chrono::seconds(bytes / form_.rate_min_bytes_per_s);
    return runtime::Loop::current()->now() + form_.patience + at_least;
  }

  env::Stream& stream_;
  const AnswerForm& form_;
};

Sending source_failed(bool first, std::string fault) {
  return {first ? Sent::kNothing : Sent::kBroken, std::move(fault)};
}

Sending taken_by_peer(bool all) {
  return {all ? Sent::kWhole : Sent::kBroken, {}};
}

// The parameters are references into the frame of send_response, which awaits these.
Task<Sending> send_counted(Sender& sender, std::string_view head, BodySource& source, uint64_t length) {
  uint64_t left = length;
  bool first = true;
  while (left > 0 || first) {
    Chunk chunk;
    if (left > 0) {
      auto next = co_await source.next();
      if (!next) co_return source_failed(first, fmt::format("{}, with {} bytes to go", next.error().message, left));
      chunk = std::move(*next);
      if (chunk.bytes.empty() || chunk.bytes.size() > left) {
        const char* const what = chunk.bytes.empty() ? "fewer" : "more";
        co_return source_failed(first, fmt::format("a source of {} bytes gave {}", length, what));
      }
    }
    const bool taken = co_await sender.send(first ? head : std::string_view(), chunk.bytes, {});
    if (!taken) co_return taken_by_peer(false);
    left -= chunk.bytes.size();
    first = false;
  }
  co_return taken_by_peer(true);
}

Task<Sending> send_chunked(Sender& sender, std::string_view head, BodySource& source) {
  bool first = true;
  for (;;) {
    auto next = co_await source.next();
    if (!next) co_return source_failed(first, next.error().message);
    const std::string_view data = next->bytes;
    std::string before(first ? head : std::string_view());
    if (data.empty()) {
      before.append("0\r\n\r\n");
      const bool taken = co_await sender.send(before, {}, {});
      co_return taken_by_peer(taken);
    }
    fmt::format_to(std::back_inserter(before), "{:x}\r\n", data.size());
    const bool taken = co_await sender.send(before, data, "\r\n");
    if (!taken) co_return taken_by_peer(false);
    first = false;
  }
}

// Turns a source of unknown length into a plain body.
Task<Result<void>> gather(Response& response) {
  auto source = std::move(response.stream);
  response.body.clear();
  for (;;) {
    CO_TRY(const Chunk chunk, co_await source->next());
    if (chunk.bytes.empty()) co_return Result<void>();
    if (response.body.size() + chunk.bytes.size() > kGatherBytesMax) {
      co_return fail(ErrorKind::kOverloaded, "an answer of unknown length is too long for HTTP/1.0");
    }
    response.body.append(chunk.bytes);
  }
}

}  // namespace

Task<Sending> send_response(env::Stream& stream, std::string& scratch, Response response, AnswerForm form) {
  // The date is a view of a text that changes with the second, so a wait before the head is written down needs a copy.
  std::string date;
  if (form.http_1_0 && response.stream && !response.stream_length && !form.to_head && !has_no_body(response.status)) {
    date = form.date;
    form.date = date;
    const auto gathered = co_await gather(response);
    if (!gathered) co_return source_failed(true, gathered.error().message);
  }
  const BodyForm body = form_of_body(response, form.to_head);
  write_head(scratch, response, form, body);
  Sender sender(stream, form);
  const bool only_head = form.to_head || body.end == BodyEnd::kNone;
  if (!only_head && response.stream) {
    if (body.end == BodyEnd::kChunked) co_return co_await send_chunked(sender, scratch, *response.stream);
    co_return co_await send_counted(sender, scratch, *response.stream, body.length);
  }
  const std::string_view text = only_head ? std::string_view() : std::string_view(response.body);
  const bool taken = co_await sender.send(scratch, text, {});
  co_return taken_by_peer(taken);
}

}  // namespace garage::http
