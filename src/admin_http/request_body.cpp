#include "admin_http/request_body.hpp"

#include <algorithm>

namespace garage::admin_http {
namespace {

constexpr size_t kPieceBytes = 64 * 1024;

std::unexpected<admin::AdminError> too_large() {
  return admin::admin_fail("InvalidRequest", 413, "Bad request: the body is larger than 1 MiB");
}

}  // namespace

Task<admin::AdminResult<codec::Json>> read_json_body(http::Request& request) {
  if (request.content_length.value_or(0) > kBodyBytesMax) co_return too_large();
  std::string text, piece(kPieceBytes, '\0');
  for (;;) {
    const auto size = co_await request.body->read(piece);
    if (!size) co_return admin::invalid_request("the body could not be read: " + size.error().message);
    if (*size == 0) break;
    if (text.size() + *size > kBodyBytesMax) co_return too_large();
    text.append(piece, 0, *size);
  }
  if (text.empty()) co_return codec::Json();
  auto parsed = codec::parse_json(text);
  if (!parsed) co_return admin::invalid_request("Invalid JSON: " + parsed.error().message);
  co_return std::move(*parsed);
}

}  // namespace garage::admin_http
