#include "net/frame.hpp"

#include <fmt/format.h>

#include "base/assert.hpp"
#include "codec/big_endian.hpp"
#include "crypto/crc.hpp"

namespace garage::net {
namespace {

// Header: length, stream, type, priority, flags, CRC32C of these and the payload.
constexpr size_t kCrcOffset = 12;

bool is_known(uint8_t type) {
  return type >= static_cast<uint8_t>(FrameType::kHello) && type <= static_cast<uint8_t>(FrameType::kPing);
}

}  // namespace

std::string encode_frame_head(const FrameHead& head, std::string_view payload) {
  ASSERT(payload.size() <= kFramePayloadBytesMax, "whoever sends splits first");
  std::string out;
  out.reserve(kFrameHeaderBytes);
  codec::append_u32_be(out, static_cast<uint32_t>(payload.size()));
  codec::append_u32_be(out, head.stream);
  out.push_back(static_cast<char>(head.type));
  out.push_back(static_cast<char>(head.priority));
  codec::append_u16_be(out, head.flags);
  codec::append_u32_be(out, crypto::crc32c_extend(crypto::crc32c(out), payload));
  return out;
}

std::string encode_frame(const FrameHead& head, std::string_view payload) {
  return encode_frame_head(head, payload).append(payload);
}

Result<size_t> frame_bytes_wanted(std::string_view in) {
  if (in.size() < kFrameHeaderBytes) return kFrameHeaderBytes;
  const uint32_t length = codec::load_u32_be(in.data());
  if (length > kFramePayloadBytesMax)
    return fail(ErrorKind::kCorrupt, fmt::format("a frame claims a payload of {} bytes", length));
  return kFrameHeaderBytes + length;
}

Result<std::optional<Frame>> take_frame(std::string_view& in) {
  TRY(const size_t wanted, frame_bytes_wanted(in));
  if (in.size() < wanted) return std::nullopt;
  const std::string_view header = in.substr(0, kFrameHeaderBytes);
  const std::string_view payload = in.substr(kFrameHeaderBytes, wanted - kFrameHeaderBytes);
  const uint32_t crc = crypto::crc32c_extend(crypto::crc32c(header.substr(0, kCrcOffset)), payload);
  if (crc != codec::load_u32_be(header.data() + kCrcOffset))
    return fail(ErrorKind::kCorrupt, "a frame does not match its checksum");
  const auto type = static_cast<uint8_t>(header[8]);
  if (!is_known(type)) return fail(ErrorKind::kCorrupt, fmt::format("a frame has the unknown type {}", type));
  in.remove_prefix(wanted);
  return Frame{.head = {.stream = codec::load_u32_be(header.data() + 4),
                        .type = static_cast<FrameType>(type),
                        .priority = static_cast<uint8_t>(header[9]),
                        .flags = codec::load_u16_be(header.data() + 10)},
               .payload = payload};
}

}  // namespace garage::net
