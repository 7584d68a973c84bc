#include <algorithm>

#include "api/aws_chunked.hpp"

namespace garage::api {
namespace {

// For the framing: content goes straight to the reader.
constexpr size_t kBufferBytes = 4 * 1024;

class AwsChunkedSource final : public BodySource {
 public:
  AwsChunkedSource(http::BodyReader& body, AwsChunkedOptions options)
      : body_(body), length_(options.decoded_length), buffer_(kBufferBytes), decoder_(std::move(options)) {}

  Task<ApiResult<size_t>> read(std::span<char> out) override {
    if (error_) co_return std::unexpected(*error_);
    auto result = co_await read_or_fail(out);
    if (!result) error_ = result.error();
    co_return result;
  }

  std::optional<uint64_t> length() const override { return length_; }
  const Trailers& trailers() const override { return decoder_.trailers(); }

 private:
  Task<ApiResult<size_t>> read_or_fail(std::span<char> out) {
    while (!ended_) {
      CO_API_TRY(const auto step, decoder_.decode(std::string_view(buffer_.data() + begin_, end_ - begin_), out));
      begin_ += step.taken;
      if (step.given > 0) co_return step.given;
      if (decoder_.finished()) {
        CO_API_CHECK_OK(co_await expect_end());
        ended_ = true;
        break;
      }
      if (const uint64_t direct = std::min<uint64_t>(decoder_.pass_through_bytes(), out.size()); direct > 0) {
        CO_API_TRY(const size_t bytes, co_await read_some(out.first(static_cast<size_t>(direct))));
        decoder_.passed({out.data(), bytes});
        co_return bytes;
      }
      CO_API_TRY(end_, co_await read_some(buffer_));
      begin_ = 0;
    }
    co_return size_t{0};
  }

  Task<ApiResult<size_t>> read_some(std::span<char> into) {
    auto bytes = co_await body_.read(into);
    if (!bytes) co_return std::unexpected(body_error(bytes.error()));
    if (*bytes == 0) co_return api_fail(ErrorCode::kIncompleteBody, "The body ends before its last chunk.");
    co_return *bytes;
  }

  Task<ApiResult<void>> expect_end() {
    if (begin_ == end_) {
      auto bytes = co_await body_.read(buffer_);
      if (!bytes) co_return std::unexpected(body_error(bytes.error()));
      if (*bytes == 0) co_return ApiResult<void>{};
    }
    co_return api_fail(ErrorCode::kIncompleteBody, "The body goes on behind its last chunk.");
  }

  http::BodyReader& body_;
  uint64_t length_;
  std::vector<char> buffer_;
  size_t begin_ = 0;  // of what was received and not yet decoded
  size_t end_ = 0;
  AwsChunkedDecoder decoder_;
  bool ended_ = false;
  std::optional<ApiError> error_;
};

}  // namespace

std::unique_ptr<BodySource> make_aws_chunked_source(http::BodyReader& body, AwsChunkedOptions options) {
  return std::make_unique<AwsChunkedSource>(body, std::move(options));
}

}  // namespace garage::api
