#include "http/chunk_decoder.hpp"

#include <limits>

#include "base/assert.hpp"
#include "base/hex.hpp"
#include "http/characters.hpp"
#include "http/field_line.hpp"

namespace garage::http {
std::expected<size_t, std::string_view> ChunkDecoder::step(std::string_view in) {
  size_t used = 0;
  while (used < in.size() && data_left_ == 0 && state_ != State::kFinished) {
    if (const auto wrong = feed(in[used]); !wrong.empty()) return std::unexpected(wrong);
    ++used;
  }
  return used;
}

void ChunkDecoder::take_data(uint64_t bytes) {
  ASSERT(bytes <= data_left_, "data is taken from one chunk only");
  data_left_ -= bytes;
  data_total_ += bytes;
}

std::string_view ChunkDecoder::feed(char c) {
  switch (state_) {
    case State::kSize:
      return feed_size(c);
    case State::kExtension:
      return feed_extension(c);
    case State::kSizeLineFeed:
      return c == '\n' ? end_size_line() : "a carriage return alone in a chunk size";
    case State::kData:
      state_ = State::kDataLineFeed;
      return c == '\r' ? "" : "chunk data longer than its size";
    case State::kDataLineFeed:
      state_ = State::kSize;
      return c == '\n' ? "" : "chunk data longer than its size";
    case State::kTrailer:
      return feed_trailer(c);
    case State::kFinished:
      break;
  }
  ASSERT(false, "nothing is fed to a finished decoder");
}

std::string_view ChunkDecoder::feed_size(char c) {
  if (const int value = hex_digit_value(c); value >= 0) {
    if (++digits_ > kSizeDigitsMax) return "a chunk size with too many digits";
    size_ = size_ * 16 + static_cast<uint64_t>(value);
    return "";
  }
  if (digits_ == 0) return "a chunk without a size";
  if (c == ';') {
    state_ = State::kExtension;
  } else if (c == '\r') {
    state_ = State::kSizeLineFeed;
  } else {
    return "a bad byte in a chunk size";
  }
  return "";
}

std::string_view ChunkDecoder::feed_extension(char c) {
  if (c == '\r') {
    // A reader that takes quotes across lines would see the chunk end elsewhere.
    if (quoted_) return "an open quote in a chunk extension";
    state_ = State::kSizeLineFeed;
    return "";
  }
  if (has_control_byte(std::string_view(&c, 1))) return "a control byte in a chunk extension";
  if (++extension_bytes_ > kExtensionBytesMax) return "a chunk extension that is too long";
  if (++extension_total_ > data_total_ + kExtensionBytesAhead) return "more chunk extensions than data";
  if (escaped_) {
    escaped_ = false;
  } else if (c == '"') {
    quoted_ = !quoted_;
  } else {
    escaped_ = quoted_ && c == '\\';
  }
  return "";
}

std::string_view ChunkDecoder::end_size_line() {
  if (size_ > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()) - data_total_)
    return "a chunk beyond all reason";
  data_left_ = size_;
  state_ = size_ == 0 ? State::kTrailer : State::kData;
  size_ = 0;
  digits_ = 0;
  extension_bytes_ = 0;
  return "";
}

std::string_view ChunkDecoder::feed_trailer(char c) {
  if (trailer_text_.size() == kTrailerBytesMax) return "trailers that are too long";
  trailer_text_.push_back(c);
  if (c != '\n') return "";
  const size_t line_size = trailer_text_.size() - trailer_line_begin_;
  trailer_line_begin_ = trailer_text_.size();
  if (line_size == 2 && trailer_text_[trailer_text_.size() - 2] == '\r') return parse_trailers();
  return "";
}

std::string_view ChunkDecoder::parse_trailers() {
  std::string_view rest = trailer_text_;
  for (;;) {
    const auto line = take_line(rest);
    if (!line) return line.error();
    if (line->empty()) break;
    const auto field = parse_field_line(*line);
    if (!field) return field.error();
    if (trailers_.size() == kTrailerFieldsMax) return "too many trailer fields";
    lower_case(trailer_text_.data() + (field->name.data() - trailer_text_.data()), field->name.size());
    trailers_.add(field->name, field->value);
  }
  state_ = State::kFinished;
  return "";
}

void ChunkDecoder::reset() {
  state_ = State::kSize;
  digits_ = 0;
  size_ = data_left_ = data_total_ = 0;
  extension_bytes_ = 0;
  extension_total_ = 0;
  quoted_ = escaped_ = false;
  trailer_line_begin_ = 0;
  trailer_text_.clear();
  trailers_.clear();
}

}  // namespace garage::http
