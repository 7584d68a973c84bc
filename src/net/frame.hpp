// The frames of a peer link: a header of 16 bytes and up to 64 KiB of payload, under a CRC32C. Pure functions;
// docs/formats/peer.md has the full description.
//
// Errors: bytes that are no frame are kCorrupt, never an assertion. After one, nothing that follows can be trusted: end
// the link.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace garage::net {

inline constexpr size_t kFrameHeaderBytes = 16;
inline constexpr size_t kFramePayloadBytesMax = 64 * 1024;

enum class FrameType : uint8_t {
  kHello = 1,    // the first frame both ways, on stream 0
  kRequest = 2,  // opens a stream: a request head
  kData = 3,     // a piece of a request's or an answer's body
  kEnd = 4,      // the body is complete
  kError = 5,    // instead of the (rest of the) answer; on stream 0: why the link ends
  kCancel = 6,   // the asker does not want the answer any more
  kCredit = 7,   // reserved for flow control
  kPing = 8,     // on stream 0; flag kFrameFlagAnswer marks the echo
};

inline constexpr uint16_t kFrameFlagAnswer = 1;

struct FrameHead {
  uint32_t stream = 0;  // 0 is the link itself; who dialled opens odd streams, who accepted even ones
  FrameType type = FrameType::kData;
  uint8_t priority = 0;  // 0 is served first
  uint16_t flags = 0;
  friend bool operator==(const FrameHead&, const FrameHead&) = default;
};

struct Frame {
  FrameHead head;
  std::string_view payload;  // borrowed
};

// The header that goes before `payload` (at most kFramePayloadBytesMax, a larger one is a bug).
std::string encode_frame_head(const FrameHead& head, std::string_view payload);
// Header and payload.
std::string encode_frame(const FrameHead& head, std::string_view payload);

// Takes a whole frame from the front of `in`; nothing, and `in` unchanged, while it is incomplete. The frame borrows
// from `in`.
Result<std::optional<Frame>> take_frame(std::string_view& in);

// How many bytes, counted from the front of `in`, take_frame() wants to see next: at most header and largest payload.
// kCorrupt as soon as the header shows it.
Result<size_t> frame_bytes_wanted(std::string_view in);

}  // namespace garage::net
