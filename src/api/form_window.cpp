#include "api/form_window.hpp"

#include <algorithm>
#include <cstring>
#include <span>

#include "base/assert.hpp"

namespace garage::api {
namespace {

// What a form takes at first. More where reads fill it, so that few of them carry much.
constexpr size_t kBytesMin = 4 * 1024;

}  // namespace

FormWindow::FormWindow(BodySource& body) : body_(body), buffer_(kBytesMin) {
  std::memcpy(buffer_.data(), "\r\n", 2);
  end_ = 2;
}

Task<ApiResult<void>> FormWindow::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (filled_) buffer_.resize(std::min(2 * buffer_.size(), kFormWindowBytes));
  ASSERT(end_ < buffer_.size(), "whoever needs more has taken something or has given up");
  CO_API_TRY(const size_t bytes, co_await body_.read(std::span(buffer_).subspan(end_)));
  if (bytes == 0) co_return api_fail(ErrorCode::kIncompleteBody, "The form ends before its last boundary.");
  end_ += bytes;
  filled_ = end_ == buffer_.size();
  co_return ApiResult<void>{};
}

Task<ApiResult<size_t>> FormWindow::find(std::string_view end, size_t bytes_max) {
  ASSERT(bytes_max + end.size() <= kFormWindowBytes, "what is looked for fits into the window");
  size_t searched = 0;  // no `end` begins before
  for (;;) {
    const std::string_view there = view();
    const size_t found = there.find(end, searched);
    bytes_searched_ += std::min(found, there.size()) - searched;
    if (found != there.npos && found <= bytes_max) co_return found;
    if (found != there.npos || there.size() >= bytes_max + end.size())
      co_return api_fail(ErrorCode::kMaxPostPreDataLengthExceededError);
    // Its first bytes may be there already.
    searched = there.size() - std::min(there.size(), end.size() - 1);
    CO_API_CHECK_OK(co_await fill());
  }
}

}  // namespace garage::api
