#include "api/aws_chunked.hpp"

#include <algorithm>
#include <cstring>

#include "api/hex_text.hpp"
#include "base/assert.hpp"
#include "base/hex.hpp"
#include "base/secret.hpp"
#include "http/characters.hpp"

namespace garage::api {
namespace {

constexpr size_t kLineBytesMax = 1024;
constexpr size_t kTrailerBytesMax = 4096;
constexpr std::string_view kChunkTag = "AWS4-HMAC-SHA256-PAYLOAD";
constexpr std::string_view kTrailerTag = "AWS4-HMAC-SHA256-TRAILER";
constexpr std::string_view kSignatureField = "x-amz-trailer-signature";

std::unexpected<ApiError> broken(std::string message) {
  return api_fail(ErrorCode::kIncompleteBody, std::move(message));
}

std::unexpected<ApiError> broken_trailer(std::string message) {
  return api_fail(ErrorCode::kMalformedTrailerError, std::move(message));
}

std::optional<uint64_t> parse_chunk_size(std::string_view digits) {
  if (digits.empty() || digits.size() > 15) return std::nullopt;
  uint64_t size = 0;
  for (const char c : digits) {
    const int value = hex_digit_value(c);
    if (value < 0) return std::nullopt;
    size = size * 16 + static_cast<uint64_t>(value);
  }
  return size;
}

}  // namespace

AwsChunkedDecoder::AwsChunkedDecoder(AwsChunkedOptions options) : options_(std::move(options)) {
  ASSERT(!is_signed() || options_.signing, "signed chunks continue from a signed request");
  if (is_signed()) previous_signature_ = options_.signing->seed_signature;
}

ApiResult<AwsChunkedDecoder::Step> AwsChunkedDecoder::decode(std::string_view input, std::span<char> out) {
  if (error_) return std::unexpected(*error_);
  const size_t input_bytes = input.size(), out_bytes = out.size();
  for (bool more = true; more && !finished();) {
    auto advanced = advance(input, out);
    if (!advanced) {
      error_ = std::move(advanced).error();
      return std::unexpected(*error_);
    }
    more = *advanced;
  }
  return Step{input_bytes - input.size(), out_bytes - out.size()};
}

ApiResult<bool> AwsChunkedDecoder::advance(std::string_view& input, std::span<char>& out) {
  if (state_ == State::kData) return take_data(input, out);
  if (!take_line(input)) {
    if (line_.size() >= kLineBytesMax) API_CHECK_OK(on_line_too_long());
    return false;
  }
  const std::string line = std::exchange(line_, {});
  if (state_ == State::kHead)
    API_CHECK_OK(on_chunk_head(line));
  else if (state_ == State::kDataEnd)
    API_CHECK_OK(on_data_end(line));
  else if (!line.empty())
    API_CHECK_OK(on_trailer(line));
  else
    API_CHECK_OK(on_trailers_end());
  return true;
}

// True when line_ is a whole line. It ends at CRLF only: a line feed alone is part of it (some clients put one behind a
// trailer).
bool AwsChunkedDecoder::take_line(std::string_view& input) {
  while (!input.empty() && line_.size() < kLineBytesMax) {
    const size_t feed = input.find('\n');
    const size_t bytes = std::min(feed == input.npos ? input.size() : feed + 1, kLineBytesMax - line_.size());
    line_.append(input.substr(0, bytes));
    input.remove_prefix(bytes);
    if (line_.ends_with("\r\n")) {
      line_.resize(line_.size() - 2);
      return true;
    }
  }
  return false;
}

bool AwsChunkedDecoder::take_data(std::string_view& input, std::span<char>& out) {
  const auto bytes = static_cast<size_t>(std::min<uint64_t>({input.size(), out.size(), chunk_left_}));
  if (bytes == 0) return false;
  std::memcpy(out.data(), input.data(), bytes);
  passed(input.substr(0, bytes));
  input.remove_prefix(bytes);
  out = out.subspan(bytes);
  return true;
}

void AwsChunkedDecoder::passed(std::string_view data) {
  ASSERT(data.size() <= chunk_left_, "no more passes than the chunk holds");
  if (is_signed()) chunk_hash_.update(data);
  chunk_left_ -= data.size();
  if (chunk_left_ == 0) state_ = State::kDataEnd;
}

ApiResult<void> AwsChunkedDecoder::on_line_too_long() const {
  if (state_ == State::kTrailer) return broken_trailer("A trailer is too long.");
  return broken("The head of a chunk is too long.");
}

ApiResult<void> AwsChunkedDecoder::on_chunk_head(std::string_view line) {
  constexpr std::string_view kExtension = ";chunk-signature=";
  const size_t size_end = std::min(line.find(';'), line.size());
  const auto size = parse_chunk_size(line.substr(0, size_end));
  if (!size) return broken("The size of a chunk is not a hexadecimal number.");
  std::string_view extension = line.substr(size_end);
  if (is_signed()) {
    if (!extension.starts_with(kExtension)) return broken("A chunk has no signature.");
    chunk_signature_ = extension.substr(kExtension.size());
  } else if (!extension.empty()) {
    return broken("A chunk has an extension, which only signed chunks have.");
  }
  if (*size > options_.decoded_length - decoded_) {
    return broken("The body has more content than x-amz-decoded-content-length says.");
  }
  if (*size == 0) return on_last_chunk();
  decoded_ += *size;
  chunk_left_ = *size;
  state_ = State::kData;
  return {};
}

ApiResult<void> AwsChunkedDecoder::on_last_chunk() {
  if (decoded_ != options_.decoded_length) {
    return broken("The body has less content than x-amz-decoded-content-length says.");
  }
  if (is_signed()) {
    API_CHECK_OK(
        verify(std::string(kSha256OfNothing) + "\n" + std::string(kSha256OfNothing), kChunkTag, chunk_signature_));
  }
  state_ = State::kTrailer;
  return {};
}

ApiResult<void> AwsChunkedDecoder::on_data_end(std::string_view line) {
  if (!line.empty()) return broken("A chunk is longer than its size says.");
  if (is_signed()) {
    const HexText hash = hex_text(chunk_hash_.finish());
    API_CHECK_OK(verify(std::string(kSha256OfNothing) + "\n" + std::string(hash), kChunkTag, chunk_signature_));
  }
  state_ = State::kHead;
  return {};
}

ApiResult<void> AwsChunkedDecoder::on_trailer(std::string_view line) {
  if (!has_trailer()) return broken("The body has data behind its last chunk.");
  trailer_bytes_ += line.size();
  if (trailer_bytes_ > kTrailerBytesMax) return broken_trailer("The trailers are too long.");
  if (line.ends_with('\n')) line.remove_suffix(1);
  const size_t colon = line.find(':');
  if (colon == line.npos || !http::is_token(line.substr(0, colon))) return broken_trailer("A trailer has no name.");
  if (!trailer_signature_.empty()) return broken_trailer("A trailer follows the signature of the trailers.");
  std::string name(line.substr(0, colon));
  for (char& c : name) c = http::to_lower(c);
  const std::string_view value = http::trim_blanks(line.substr(colon + 1));
  if (http::has_control_byte(value)) return broken_trailer("A trailer has a value that cannot be used.");

  if (is_signed() && name == kSignatureField) {
    if (value.empty()) return broken_trailer("The signature of the trailers is empty.");
    trailer_signature_ = value;
    return {};
  }
  const auto& announced = options_.trailer_names;
  if (std::find(announced.begin(), announced.end(), name) == announced.end()) {
    return broken_trailer("The trailer " + name + " was not announced by x-amz-trailer.");
  }
  if (received_.get(name)) return broken_trailer("The trailer " + name + " is given twice.");
  received_.add(std::move(name), std::string(value));
  return {};
}

ApiResult<void> AwsChunkedDecoder::on_trailers_end() {
  for (const std::string& name : options_.trailer_names) {
    if (!received_.get(name))
      return broken_trailer("The trailer " + name + ", announced by x-amz-trailer, is missing.");
  }
  if (options_.mode == PayloadMode::kStreamingSignedTrailer) {
    if (trailer_signature_.empty()) return broken_trailer("The trailers have no signature.");
    std::vector<std::string> lines;
    for (const auto& [name, value] : received_) lines.push_back(name + ":" + value + "\n");
    std::sort(lines.begin(), lines.end());
    crypto::Sha256 hash;
    for (const std::string& line : lines) hash.update(line);
    API_CHECK_OK(verify(hex_text(hash.finish()), kTrailerTag, trailer_signature_));
  }
  trailers_ = std::move(received_);
  state_ = State::kFinished;
  return {};
}

ApiResult<void> AwsChunkedDecoder::verify(std::string_view signed_text_tail, std::string_view tag,
                                          std::string_view claimed) {
  const ChunkSigning& signing = *options_.signing;
  std::string to_sign;
  to_sign.reserve(384);
  to_sign.append(tag).append(1, '\n').append(signing.timestamp).append(1, '\n').append(signing.scope).append(1, '\n');
  to_sign.append(previous_signature_).append(1, '\n').append(signed_text_tail);
  const auto computed = signing.key.sign(to_sign);
  const auto given = parse_hex_text(claimed);
  if (!given || !equal_constant_time(crypto::view(computed), crypto::view(*given))) {
    return api_fail(ErrorCode::kSignatureDoesNotMatch, "The signature of a chunk or trailer does not match.");
  }
  previous_signature_ = std::string_view(hex_text(computed));
  return {};
}

}  // namespace garage::api
