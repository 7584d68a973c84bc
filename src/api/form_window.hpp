// A window over the body of a form, in which delimiters are found.
//
// Anybody may send a form, in pieces of one byte: what was searched once is not searched again, and memory grows only
// with what arrives.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "api/body_source.hpp"

namespace garage::api {

inline constexpr size_t kFormWindowBytes = 64 * 1024;

// Ownership: borrows `body`. Threads: the request's loop.
class FormWindow {
 public:
  // Starts with a line end that was never sent, so that the first boundary looks like the others.
  explicit FormWindow(BodySource& body);

  std::string_view view() const { return {buffer_.data() + begin_, end_ - begin_}; }
  void consume(size_t bytes) { begin_ += bytes; }

  // Reads more behind what is there. IncompleteBody at the end of the body.
  Task<ApiResult<void>> fill();

  // Reads until `end` is in view, and gives its place there: at most `bytes_max`, else
  // MaxPostPreDataLengthExceededError. `end` is not empty, and lives until the answer.
  Task<ApiResult<size_t>> find(std::string_view end, size_t bytes_max);

  // How many bytes find() has looked at in all, those that it looked at twice counted twice.
  size_t bytes_searched() const { return bytes_searched_; }

 private:
  BodySource& body_;
  std::vector<char> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
  bool filled_ = false;  // the last read took all the room
  size_t bytes_searched_ = 0;
};

}  // namespace garage::api
