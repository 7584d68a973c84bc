#include "api/body_stream.hpp"

#include <utility>

namespace garage::api {
namespace {

class BodyStream : public http::BodySource {
 public:
  BodyStream(std::unique_ptr<object::ObjectReader> reader, Buffer first)
      : reader_(std::move(reader)), first_(std::move(first)) {}

  Task<Result<http::Chunk>> next() override {
    Buffer piece = std::exchange(first_, Buffer());
    if (piece.empty()) {
      CO_TRY(piece, co_await reader_->next());
    }
    co_return http::Chunk{piece.view(), piece.owner()};
  }

 private:
  std::unique_ptr<object::ObjectReader> reader_;
  Buffer first_;
};

}  // namespace

Task<Result<void>> attach_body(http::Response& response, std::unique_ptr<object::ObjectReader> reader, uint64_t bytes) {
  CO_TRY(Buffer first, co_await reader->next());
  response.stream_length = bytes;
  response.stream = std::make_unique<BodyStream>(std::move(reader), std::move(first));
  co_return Result<void>{};
}

}  // namespace garage::api
