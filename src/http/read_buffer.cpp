#include "http/read_buffer.hpp"

#include <cstring>

#include "base/assert.hpp"

namespace garage::http {

ReadBuffer::ReadBuffer(size_t capacity)
    : bytes_(std::make_unique_for_overwrite<char[]>(capacity)), capacity_(capacity) {}

void ReadBuffer::consume(size_t size) {
  ASSERT(size <= end_ - begin_, "only what is there is consumed");
  begin_ += size;
  if (begin_ == end_) begin_ = end_ = pinned_;
}

std::span<char> ReadBuffer::space() {
  if (end_ == capacity_ && begin_ > pinned_) move_to(pinned_);
  return {bytes_.get() + end_, capacity_ - end_};
}

void ReadBuffer::received(size_t size) {
  ASSERT(size <= capacity_ - end_, "what is received fits the space");
  end_ += size;
}

std::span<char> ReadBuffer::pin(size_t size) {
  ASSERT(pinned_ == 0 && size <= end_ - begin_, "one head is pinned at a time");
  if (begin_ > 0) move_to(0);
  pinned_ = size;
  consume(size);
  return {bytes_.get(), size};
}

void ReadBuffer::unpin() {
  pinned_ = 0;
  if (begin_ == end_) begin_ = end_ = 0;
}

void ReadBuffer::grow(size_t capacity) {
  ASSERT(pinned_ == 0 && capacity >= end_ - begin_, "a pinned head does not move");
  auto larger = std::make_unique_for_overwrite<char[]>(capacity);
  std::memcpy(larger.get(), bytes_.get() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  bytes_ = std::move(larger);
  capacity_ = capacity;
}

void ReadBuffer::move_to(size_t place) {
  std::memmove(bytes_.get() + place, bytes_.get() + begin_, end_ - begin_);
  end_ = place + (end_ - begin_);
  begin_ = place;
}

}  // namespace garage::http
