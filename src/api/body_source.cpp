#include "api/body_source.hpp"

#include <charconv>

#include "api/aws_chunked.hpp"
#include "api/header_list.hpp"

namespace garage::api {
namespace {

class PlainSource final : public BodySource {
 public:
  PlainSource(http::BodyReader& body, std::optional<uint64_t> length) : body_(body), length_(length) {}

  Task<ApiResult<size_t>> read(std::span<char> out) override {
    auto bytes = co_await body_.read(out);
    if (!bytes) co_return std::unexpected(body_error(bytes.error()));
    co_return *bytes;
  }

  std::optional<uint64_t> length() const override { return length_; }
  const Trailers& trailers() const override { return none_; }

 private:
  http::BodyReader& body_;
  std::optional<uint64_t> length_;
  Trailers none_;
};

bool is_streaming(PayloadMode mode) {
  return mode != PayloadMode::kUnsigned && mode != PayloadMode::kSha256;
}

ApiResult<uint64_t> decoded_length(const EffectiveHeaders& headers) {
  const auto texts = headers.get_all("x-amz-decoded-content-length");
  if (texts.empty()) {
    return api_fail(ErrorCode::kMissingContentLength, "You must provide the x-amz-decoded-content-length header.");
  }
  uint64_t length = 0;
  const std::string_view text = texts[0];
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), length);
  if (texts.size() > 1 || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
    return api_fail(ErrorCode::kInvalidArgument, "x-amz-decoded-content-length is not a number.");
  }
  return length;
}

}  // namespace

std::optional<std::string_view> Trailers::get(std::string_view lower_name) const {
  for (const auto& [name, value] : fields_) {
    if (name == lower_name) return value;
  }
  return std::nullopt;
}

ApiError body_error(const Error& error) {
  ErrorCode code = ErrorCode::kIncompleteBody;
  if (error.kind == ErrorKind::kTimeout) {
    code = ErrorCode::kRequestTimeout;
  } else if (error.kind != ErrorKind::kClosed && error.kind != ErrorKind::kInvalid) {
    return from(error);
  }
  ApiError out;
  out.code = code;
  out.detail = error.message;
  return out;
}

ApiResult<std::unique_ptr<BodySource>> make_body_source(const http::Request& request, const Authenticated& who) {
  if (!is_streaming(who.payload)) {
    auto length = request.content_length;
    if (!length && !request.chunked) length = 0;
    return std::make_unique<PlainSource>(*request.body, length);
  }
  AwsChunkedOptions options;
  options.mode = who.payload;
  options.signing = who.chunk_signing;
  API_TRY(options.decoded_length, decoded_length(who.headers));
  options.trailer_names = header_list(who.headers, "x-amz-trailer");
  return make_aws_chunked_source(*request.body, std::move(options));
}

ApiResult<void> require_length(const http::Request& request) {
  if (request.content_length || request.chunked) return {};
  return api_fail(ErrorCode::kMissingContentLength);
}

}  // namespace garage::api
