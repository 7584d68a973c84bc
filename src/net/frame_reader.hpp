// Cuts a stream into frames. Memory: 4 KiB at rest, grown to one frame where a larger one comes.
#pragma once

#include <cstddef>
#include <string>

#include "env/network.hpp"
#include "net/frame.hpp"

namespace garage::net {

class FrameReader {
 public:
  // Borrows the stream. Frames with more payload than `payload_bytes_max` are kCorrupt.
  FrameReader(env::Stream& stream, size_t payload_bytes_max)
      : stream_(&stream), payload_bytes_max_(payload_bytes_max) {}

  // The payload is valid until the next call. kTimeout leaves everything usable; kClosed: the peer has ended.
  Task<Result<Frame>> next(MonotonicTime deadline);
  void set_payload_bytes_max(size_t bytes) { payload_bytes_max_ = bytes; }

 private:
  void make_room(size_t wanted);

  env::Stream* stream_;
  size_t payload_bytes_max_;
  std::string buffer_;
  size_t begin_ = 0;  // of what was not given out yet
  size_t end_ = 0;
};

}  // namespace garage::net
