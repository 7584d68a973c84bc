// The body of one message after another on a connection, out of the connection's buffer first and then straight from
// its stream.
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.hpp"
#include "env/network.hpp"
#include "http/body.hpp"
#include "http/chunk_decoder.hpp"
#include "http/read_buffer.hpp"

namespace garage::http {

// How slow the peer may be. Only time spent waiting for the peer counts.
struct Pace {
  uint64_t rate_min_bytes_per_s = 1024;
  Duration window = 30s;
  MonotonicTime deadline = MonotonicTime::never();  // of the whole body
};

enum class BodyFraming : unsigned char { kNone, kLength, kChunked, kUntilClose };

class IncomingBody : public BodyReader {
 public:
  // Begins the body of a new message whose head was just consumed from `buffer`. Stream and buffer are borrowed until
  // the next begin(). `length` counts for kLength only.
  void begin(env::Stream& stream, ReadBuffer& buffer, Pace pace, BodyFraming framing, uint64_t length);
  // The peer waits for a 100 before it sends; the first read sends it.
  void expect_continue() { continue_owed_ = true; }
  // The answer has begun: a 100 may no longer be sent.
  void answer_begins() { continue_owed_ = false; }
  // The whole body is over by then.
  void limit_until(MonotonicTime deadline) { pace_.deadline = deadline; }

  Task<Result<size_t>> read(std::span<char> out) override;
  Task<Result<void>> drain(uint64_t bytes_max) override;
  const Headers& trailers() const override { return decoder_.trailers(); }

  // Everything up to the end of the message was read.
  bool finished() const { return finished_; }
  bool failed() const { return failure_.has_value(); }
  // The peer was promised a 100 that was never sent and has sent nothing: nobody knows whether the body will come.
  bool continue_owed() const { return continue_owed_ && buffer_->unread().empty(); }
  // At least this many bytes are still to come.
  uint64_t bytes_left_min() const { return framing_ == BodyFraming::kLength ? left_ : 0; }
  // How many are still to come, nobody knows but the peer.
  bool may_be_endless() const { return framing_ == BodyFraming::kChunked && !finished_; }
  // Forgets the chunks that are in the buffer already: their end may be among them.
  void skip_buffered_chunks();

 private:
  Task<Result<void>> send_continue();
  Task<Result<size_t>> read_counted(std::span<char> out, uint64_t left);
  Task<Result<size_t>> read_chunked(std::span<char> out);
  Task<Result<size_t>> read_until_close(std::span<char> out);
  // At least one byte, 0 at the end of the stream; enforces the pace.
  Task<Result<size_t>> receive(std::span<char> out);
  Task<Result<void>> receive_framing();
  size_t take_buffered(std::span<char> out, uint64_t left);
  Result<size_t> give_up(ErrorKind kind, const char* message);

  env::Stream* stream_ = nullptr;
  ReadBuffer* buffer_ = nullptr;
  Pace pace_;
  BodyFraming framing_ = BodyFraming::kNone;
  uint64_t left_ = 0;
  ChunkDecoder decoder_;
  bool finished_ = true;
  bool continue_owed_ = false;
  std::optional<Error> failure_;
  Duration waited_{0};         // in this window
  uint64_t window_bytes_ = 0;  // received in this window
};

}  // namespace garage::http
