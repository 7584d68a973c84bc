#include "exporters/grpc_channel.hpp"

#include <fmt/format.h>
#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <vector>

namespace garage::exporters {
namespace {

constexpr size_t kReadBytes = 16 * 1024;
constexpr size_t kStatusTextBytesMax = 200;

// The library does not write to these.
nghttp2_nv field(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view text) { return reinterpret_cast<uint8_t*>(const_cast<char*>(text.data())); };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

std::string_view view(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace

struct GrpcChannel::Session {
  nghttp2_session* session = nullptr;
  // Of the call under way.
  std::string request;
  size_t sent = 0;
  size_t received_bytes = 0;
  std::string http_status, grpc_status, grpc_message;
  bool over = false;

  ~Session() { nghttp2_session_del(session); }

  static ssize_t read_request(nghttp2_session*, int32_t, uint8_t* out, size_t size, uint32_t* flags,
                              nghttp2_data_source*, void* user) {
    auto& self = *static_cast<Session*>(user);
    const size_t count = std::min(size, self.request.size() - self.sent);
    std::copy_n(self.request.data() + self.sent, count, out);
    self.sent += count;
    if (self.sent == self.request.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(count);
  }
  static int on_header(nghttp2_session*, const nghttp2_frame*, const uint8_t* name, size_t name_size,
                       const uint8_t* value, size_t value_size, uint8_t, void* user) {
    auto& self = *static_cast<Session*>(user);
    const std::string_view text = view(value, value_size).substr(0, kStatusTextBytesMax);
    if (view(name, name_size) == ":status") self.http_status = text;
    if (view(name, name_size) == "grpc-status") self.grpc_status = text;
    if (view(name, name_size) == "grpc-message") self.grpc_message = text;
    return 0;
  }
  static int on_data(nghttp2_session*, uint8_t, int32_t, const uint8_t*, size_t size, void* user) {
    auto& self = *static_cast<Session*>(user);
    self.received_bytes += size;
    return self.received_bytes > kAnswerBytesMax ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
  }
  static int on_close(nghttp2_session*, int32_t, uint32_t, void* user) {
    static_cast<Session*>(user)->over = true;
    return 0;
  }
};

GrpcChannel::GrpcChannel(std::unique_ptr<env::Stream> stream, std::string authority)
    : stream_(std::move(stream)), authority_(std::move(authority)), session_(std::make_unique<Session>()) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, Session::on_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, Session::on_data);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Session::on_close);
  nghttp2_session_client_new(&session_->session, callbacks, session_.get());
  nghttp2_session_callbacks_del(callbacks);
  nghttp2_submit_settings(session_->session, NGHTTP2_FLAG_NONE, nullptr, 0);
}

GrpcChannel::~GrpcChannel() = default;

Task<Result<void>> GrpcChannel::flush(MonotonicTime deadline) {
  std::string out;
  for (;;) {
    const uint8_t* data = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_->session, &data);
    if (size < 0) co_return fail(ErrorKind::kCorrupt, nghttp2_strerror(static_cast<int>(size)));
    if (size == 0) break;
    out += view(data, static_cast<size_t>(size));
  }
  if (out.empty()) co_return Result<void>{};
  const std::array<std::string_view, 1> pieces{out};
  co_return co_await stream_->write_all(pieces, deadline);
}

Task<Result<void>> GrpcChannel::call(std::string path, std::string message, MonotonicTime deadline) {
  Session& session = *session_;
  // One message, not compressed, and its length.
  session.request.assign(1, '\0');
  for (int shift = 24; shift >= 0; shift -= 8) session.request += static_cast<char>(message.size() >> shift & 0xff);
  session.request += message;
  session.sent = session.received_bytes = 0;
  session.http_status = session.grpc_status = session.grpc_message = "";
  session.over = false;

  const std::array<nghttp2_nv, 7> head{
      field(":method", "POST"),          field(":scheme", "http"), field(":path", path),
      field(":authority", authority_),   field("te", "trailers"),  field("content-type", "application/grpc"),
      field("user-agent", "garage-otlp")};
  const nghttp2_data_provider body{.source = {.ptr = nullptr}, .read_callback = Session::read_request};
  const int32_t stream = nghttp2_submit_request(session.session, nullptr, head.data(), head.size(), &body, nullptr);
  if (stream < 0) co_return fail(ErrorKind::kClosed, nghttp2_strerror(stream));
  std::vector<char> buffer(kReadBytes);
  CO_CHECK_OK(co_await flush(deadline));
  while (!session.over) {
    CO_TRY(const size_t count, co_await stream_->read_some(buffer, deadline));
    if (count == 0) co_return fail(ErrorKind::kClosed, "the collector has closed the connection");
    const ssize_t taken =
        nghttp2_session_mem_recv(session.session, reinterpret_cast<const uint8_t*>(buffer.data()), count);
    if (taken < 0) co_return fail(ErrorKind::kCorrupt, nghttp2_strerror(static_cast<int>(taken)));
    CO_CHECK_OK(co_await flush(deadline));
  }
  if (session.http_status.empty())
    co_return fail(ErrorKind::kClosed, "the collector takes no more calls over this connection");
  if (session.grpc_status != "0") {
    co_return fail(ErrorKind::kUnavailable, fmt::format("HTTP status {}, gRPC status {} {}", session.http_status,
                                                        session.grpc_status, session.grpc_message));
  }
  co_return Result<void>{};
}

}  // namespace garage::exporters
