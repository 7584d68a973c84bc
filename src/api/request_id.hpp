// The name of one request, in every answer (x-amz-request-id), error body, log line and trace.
#pragma once

#include <array>
#include <string_view>

#include "runtime/random.hpp"

namespace garage::api {

class RequestId {
 public:
  explicit RequestId(runtime::Random& random);
  // 16 upper-case hexadecimal digits; valid as long as this object.
  std::string_view view() const { return {text_.data(), text_.size()}; }

 private:
  std::array<char, 16> text_;
};

}  // namespace garage::api
