#include "net/body_sender.hpp"

#include <string_view>
#include <vector>

namespace garage::net {
namespace {

// With its head just what four TLS records hold.
constexpr size_t kPieceBytes = kFramePayloadBytesMax - kFrameHeaderBytes;

}  // namespace

Task<Result<bool>> send_body(std::shared_ptr<Link> link, uint32_t stream, uint8_t priority,
                             std::optional<std::string> request_head, std::string body,
                             std::shared_ptr<const bool> unwanted) {
  const auto head = [stream, priority](FrameType type) {
    return FrameHead{.stream = stream, .type = type, .priority = priority};
  };
  std::string_view rest = body;
  std::vector<Frame> frames;  // what is small goes out in one piece
  if (request_head) frames.push_back({.head = head(FrameType::kRequest), .payload = *request_head});
  for (;;) {
    const std::string_view piece = rest.substr(0, kPieceBytes);
    rest.remove_prefix(piece.size());
    if (!piece.empty()) frames.push_back({.head = head(FrameType::kData), .payload = piece});
    if (rest.empty()) frames.push_back({.head = head(FrameType::kEnd), .payload = {}});
    CO_CHECK_OK(co_await link->send(frames));
    frames.clear();
    if (rest.empty()) co_return true;
    if (*unwanted) co_return false;
  }
}

}  // namespace garage::net
