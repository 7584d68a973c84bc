#include "http/client.hpp"

#include <fmt/format.h>

#include <array>

#include "http/characters.hpp"
#include "http/client_head.hpp"
#include "http/read_buffer.hpp"
#include "runtime/loop.hpp"

namespace garage::http {
namespace {

constexpr size_t kBufferBytes = 16 * 1024;
constexpr size_t kReadStepBytes = 256 * 1024;
constexpr size_t kInterimAnswersMax = 16;

// One exchange on a stream. Lives in the frame of exchange().
class Exchange {
 public:
  Exchange(env::Stream& stream, ClientRequest request, ClientLimits limits, MonotonicTime deadline)
      : stream_(stream), request_(std::move(request)), limits_(limits), deadline_(deadline), buffer_(kBufferBytes) {}

  Task<Result<ClientResponse>> run();

 private:
  Task<Result<void>> send();
  Task<Result<void>> send_stream(std::string head);
  Task<Result<AnswerHead>> receive_head(ClientResponse& response);
  Task<Result<size_t>> receive_until_head_ends();
  Task<Result<void>> receive_body(ClientResponse& response);
  void copy_trailers(ClientResponse& response);

  env::Stream& stream_;
  ClientRequest request_;
  ClientLimits limits_;
  MonotonicTime deadline_;
  ReadBuffer buffer_;
  IncomingBody body_;
};

Task<Result<ClientResponse>> Exchange::run() {
  // A server that refuses early may close before it has read everything; its answer is worth more than our broken
  // write.
  const auto sent = co_await send();
  if (!sent && sent.error().kind != ErrorKind::kClosed) co_return std::unexpected(sent.error());
  ClientResponse response;
  auto received = co_await receive_head(response);
  if (!received) co_return std::unexpected(sent ? received.error() : sent.error());
  AnswerHead head = std::move(*received);
  head.keep_alive = head.keep_alive && sent;
  response.status = head.status;
  response.keep_alive = head.keep_alive;
  response.headers = std::move(head.headers);
  body_.begin(stream_, buffer_, Pace{.rate_min_bytes_per_s = 0, .window = 60s, .deadline = deadline_}, head.framing,
              head.length);
  CO_CHECK_OK(co_await receive_body(response));
  copy_trailers(response);
  if (!buffer_.unread().empty()) co_return fail(ErrorKind::kCorrupt, "bytes behind the answer");
  co_return response;
}

Task<Result<void>> Exchange::send() {
  const std::string head = write_request_head(request_);
  if (request_.stream) co_return co_await send_stream(head);
  const std::array<std::string_view, 2> pieces = {head, request_.body};
  co_return co_await stream_.write_all(pieces, deadline_);
}

Task<Result<void>> Exchange::send_stream(std::string head) {
  const bool chunked = !request_.stream_length;
  uint64_t left = request_.stream_length.value_or(0);
  std::string before = std::move(head);
  for (;;) {
    CO_TRY(const Chunk chunk, co_await request_.stream->next());
    const bool end = chunk.bytes.empty();
    if (!chunked && (chunk.bytes.size() > left || (end && left > 0))) {
      co_return fail(ErrorKind::kInvalid, "the body of the request is not as long as promised");
    }
    left -= chunked ? 0 : chunk.bytes.size();
    if (chunked) before.append(end ? "0\r\n" : fmt::format("{:x}\r\n", chunk.bytes.size()));
    const std::array<std::string_view, 3> pieces = {before, chunk.bytes, chunked ? "\r\n" : ""};
    CO_CHECK_OK(co_await stream_.write_all(pieces, deadline_));
    if (end) co_return Result<void>();
    before.clear();
  }
}

Task<Result<AnswerHead>> Exchange::receive_head(ClientResponse& response) {
  for (size_t interim = 0; interim < kInterimAnswersMax; ++interim) {
    CO_TRY(const size_t size, co_await receive_until_head_ends());
    response.head_text = std::make_unique<std::string>(buffer_.unread().substr(0, size));
    buffer_.consume(size);
    CO_TRY(AnswerHead head,
           parse_answer_head(*response.head_text, request_.method == "HEAD", limits_.header_fields_max));
    if (head.status >= 200) co_return head;
  }
  co_return fail(ErrorKind::kCorrupt, "too many interim answers");
}

Task<Result<size_t>> Exchange::receive_until_head_ends() {
  for (;;) {
    const size_t end = buffer_.unread().find("\r\n\r\n");
    if (end != std::string_view::npos) co_return end + 4;
    if (buffer_.unread().size() >= limits_.header_block_bytes_max)
      co_return fail(ErrorKind::kCorrupt, "the head of the answer is too long");
    if (buffer_.space().empty()) buffer_.grow(buffer_.capacity() * 2);
    CO_TRY(const size_t got, co_await stream_.read_some(buffer_.space(), deadline_));
    if (got == 0) co_return fail(ErrorKind::kClosed, "the peer hung up before it answered");
    buffer_.received(got);
  }
}

Task<Result<void>> Exchange::receive_body(ClientResponse& response) {
  size_t size = 0;
  while (!body_.finished()) {
    if (response.body.size() - size < kReadStepBytes / 2) response.body.resize(size + kReadStepBytes);
    CO_TRY(const size_t got, co_await body_.read(std::span(response.body).subspan(size)));
    size += got;
    if (size > limits_.body_bytes_max) co_return fail(ErrorKind::kCorrupt, "the answer is too long");
  }
  response.body.resize(size);
  co_return Result<void>();
}

void Exchange::copy_trailers(ClientResponse& response) {
  response.trailer_text = std::make_unique<std::string>();
  std::string& text = *response.trailer_text;
  for (const Header& field : body_.trailers()) text.append(field.name).append(field.value);
  std::string_view rest = text;
  for (const Header& field : body_.trailers()) {
    const std::string_view name = rest.substr(0, field.name.size());
    const std::string_view value = rest.substr(name.size(), field.value.size());
    response.trailers.add(name, value);
    rest.remove_prefix(name.size() + value.size());
  }
}

// A request line and a Host are written from these, so they must not contain what ends a line or a word.
bool is_safe_word(std::string_view text) {
  for (char c : text) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) return false;
  }
  return !text.empty();
}

}  // namespace

Task<Result<ClientResponse>> exchange(env::Stream& stream, ClientRequest request, ClientLimits limits,
                                      MonotonicTime deadline) {
  if (request.host.empty()) request.host = stream.peer_address().text;
  if (request.host.starts_with('/') || request.host.empty()) request.host = "localhost";
  if (!is_token(request.method) || !is_safe_word(request.target) || !is_safe_word(request.host)) {
    co_return fail(ErrorKind::kInvalid, "a bad method, target or host");
  }
  Exchange exchange(stream, std::move(request), limits, deadline);
  co_return co_await exchange.run();
}

Task<Result<ClientResponse>> fetch(env::Network& network, env::Address address, ClientRequest request,
                                   ClientLimits limits, MonotonicTime deadline) {
  if (request.host.empty()) request.host = address.text;
  CO_TRY(auto stream, co_await network.connect(std::move(address), deadline));
  auto response = co_await exchange(*stream, std::move(request), limits, deadline);
  stream->close();
  co_return response;
}

}  // namespace garage::http
