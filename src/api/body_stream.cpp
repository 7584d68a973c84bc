#include "api/body_stream.hpp"

#include <memory>
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

Task<Result<void>> open_body(http::Response& response, object::Objects& objects, object::BucketRef bucket,
                             std::string key, object::Object object, ByteRange range) {
  CO_TRY(auto reader, co_await objects.open(bucket, std::move(key), std::move(object), {range.offset, range.length}));
  CO_TRY(Buffer first, co_await reader->next());
  response.stream_length = range.length;
  response.stream = std::make_unique<BodyStream>(std::move(reader), std::move(first));
  co_return Result<void>{};
}

}  // namespace garage::api
