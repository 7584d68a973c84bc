// The bytes a connection has received and not used yet, behind a pinned head that views point into.
//
//   | pinned head | used | unread | space |
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace garage::http {

class ReadBuffer {
 public:
  explicit ReadBuffer(size_t capacity);

  std::string_view unread() const { return {bytes_.get() + begin_, end_ - begin_}; }
  // Forgets the first `size` unread bytes.
  void consume(size_t size);

  // Where to receive; makes room by moving unread bytes to the front, so that it is empty only if they (and the head)
  // fill the buffer.
  std::span<char> space();
  void received(size_t size);

  // The first `size` unread bytes become the pinned head, which stays in place until unpin().
  std::span<char> pin(size_t size);
  void unpin();

  // Larger from now on; not while something is pinned.
  void grow(size_t capacity);
  size_t capacity() const { return capacity_; }

 private:
  void move_to(size_t place);

  std::unique_ptr<char[]> bytes_;
  size_t capacity_;
  size_t pinned_ = 0;  // size of the head at the front
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace garage::http
