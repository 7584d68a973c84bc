// Undoes chunked framing, strictly: a size of 1 to 16 hex digits, then nothing but a bounded, ignored extension; CRLF
// everywhere.
//
// Pure: bytes in, positions out; never copies data. The owner of the bytes feeds framing through step() and counts data
// off with take_data(), which may have arrived anywhere (straight in a caller's memory).
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "http/headers.hpp"

namespace garage::http {

class ChunkDecoder {
 public:
  static constexpr size_t kSizeDigitsMax = 16;
  static constexpr size_t kExtensionBytesMax = 512;            // of one chunk
  static constexpr uint64_t kExtensionBytesAhead = 16 * 1024;  // of all chunks, beyond the number of data bytes
  static constexpr size_t kTrailerBytesMax = 8 * 1024;
  static constexpr size_t kTrailerFieldsMax = 100;

  // Consumes framing at the front of `in` and returns how much; stops where data begins, at the end of the body, or
  // where `in` ends. The error is what is wrong, a literal; the decoder is of no use afterwards.
  std::expected<size_t, std::string_view> step(std::string_view in);

  // Data bytes of the current chunk that have not been taken. While this is not 0, step() consumes nothing.
  uint64_t data_left() const { return data_left_; }
  void take_data(uint64_t bytes);

  bool finished() const { return state_ == State::kFinished; }
  // The fields after the last chunk. Views into this decoder, complete once finished.
  const Headers& trailers() const { return trailers_; }

  // Ready for another body; keeps its memory.
  void reset();

 private:
  enum class State : unsigned char {
    kSize,          // hex digits
    kExtension,     // behind ';', up to CR
    kSizeLineFeed,  // LF behind the size line
    kData,          // while data_left_ > 0, then CR
    kDataLineFeed,  // LF behind the data
    kTrailer,       // lines, up to an empty one
    kFinished,
  };

  std::string_view feed(char c);  // what is wrong, or ""
  std::string_view feed_size(char c);
  std::string_view feed_extension(char c);
  std::string_view end_size_line();
  std::string_view feed_trailer(char c);
  std::string_view parse_trailers();

  State state_ = State::kSize;
  size_t digits_ = 0;
  uint64_t size_ = 0;
  uint64_t data_left_ = 0;
  uint64_t data_total_ = 0;
  size_t extension_bytes_ = 0;
  uint64_t extension_total_ = 0;
  bool quoted_ = false;   // inside a quoted string of an extension
  bool escaped_ = false;  // behind its backslash
  size_t trailer_line_begin_ = 0;
  std::string trailer_text_;
  Headers trailers_;
};

}  // namespace garage::http
