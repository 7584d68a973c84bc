#include "net/frame_reader.hpp"

#include <algorithm>
#include <cstring>
#include <span>

namespace garage::net {
namespace {

constexpr size_t kBufferBytesMin = 4096;

}  // namespace

void FrameReader::make_room(size_t wanted) {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() < wanted) buffer_.resize(std::max(wanted, kBufferBytesMin));
}

Task<Result<Frame>> FrameReader::next(MonotonicTime deadline) {
  for (;;) {
    const std::string_view unread(buffer_.data() + begin_, end_ - begin_);
    std::string_view rest = unread;
    CO_TRY(const size_t wanted, frame_bytes_wanted(unread));
    if (wanted > kFrameHeaderBytes + payload_bytes_max_)
      co_return fail(ErrorKind::kCorrupt, "a frame is larger than allowed here");
    CO_TRY(const auto frame, take_frame(rest));
    if (frame) {
      begin_ = end_ - rest.size();
      co_return *frame;
    }
    const bool between_frames = unread.empty();
    if (buffer_.size() - end_ == 0 || buffer_.size() - begin_ < wanted) make_room(wanted);
    CO_TRY(const size_t size, co_await stream_->read_some(std::span(buffer_).subspan(end_), deadline));
    if (size == 0) {
      co_return fail(ErrorKind::kClosed, between_frames ? "the peer closed the connection"
                                                        : "the peer closed the connection within a frame");
    }
    end_ += size;
  }
}

}  // namespace garage::net
