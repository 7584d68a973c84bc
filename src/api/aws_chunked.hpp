// aws-chunked: the framing inside the body in which streaming uploads sign chunk after chunk.
//
//   chunk   := HEXSIZE [";chunk-signature=" 64HEX] CRLF DATA CRLF
//   last    := "0" [";chunk-signature=" 64HEX] CRLF
//   trailer := (NAME ":" VALUE ["\n"] CRLF)* ["x-amz-trailer-signature:" 64HEX CRLF]
//   body    := chunk* last [trailer] CRLF
//
// The decoder is fed with bytes and knows no source, so it can be tested and fuzzed by itself. Signed chunks are kept
// until their signature is verified (at most 16 MiB, and never more than was received); unsigned ones pass through.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/authenticate.hpp"
#include "api/body_source.hpp"
#include "api/error.hpp"
#include "crypto/digest.hpp"

namespace garage::api {

struct AwsChunkedOptions {
  PayloadMode mode = PayloadMode::kStreamingUnsignedTrailer;  // one of the three streaming modes
  const ChunkSigning* signing = nullptr;                      // with the signed modes; borrowed
  uint64_t decoded_length = 0;
  std::vector<std::string> trailer_names;  // what x-amz-trailer announced, lower-cased
};

constexpr size_t kSignedChunkBytesMax = 16 * 1024 * 1024;

// Threads: one. An error stays.
class AwsChunkedDecoder {
 public:
  explicit AwsChunkedDecoder(AwsChunkedOptions options);

  // Takes some of `input` and gives some of the content. Both may be zero; call again with the rest of the input. If
  // nothing was taken and nothing given, more input is needed.
  struct Step {
    size_t taken = 0;
    size_t given = 0;
  };
  ApiResult<Step> decode(std::string_view input, std::span<char> out);

  // The closing CRLF was seen, and every length and signature was right.
  bool finished() const { return state_ == State::kFinished; }
  const Trailers& trailers() const { return trailers_; }

 private:
  enum class State : unsigned char { kHead, kData, kDataEnd, kHandOut, kTrailer, kFinished };

  ApiResult<size_t> take_line(std::string_view input, size_t bytes_max);
  ApiResult<void> on_chunk_head(std::string_view line);
  ApiResult<void> on_chunk_end();
  ApiResult<void> on_trailer_line(std::string_view line);
  ApiResult<void> on_trailers_complete();
  ApiResult<void> verify(std::string_view tag, std::string_view payload_hash_hex, bool hash_of_nothing,
                         std::string_view signature_hex);
  bool is_signed() const { return options_.mode != PayloadMode::kStreamingUnsignedTrailer; }
  bool has_trailer() const { return options_.mode != PayloadMode::kStreamingSigned; }

  AwsChunkedOptions options_;
  State state_ = State::kHead;
  std::string line_;                // of a head or trailer, while incomplete
  uint64_t chunk_left_ = 0;         // bytes of the chunk's data still to come
  uint64_t decoded_ = 0;            // bytes of content in the chunks begun so far
  std::string chunk_signature_;     // as given
  std::string previous_signature_;  // what the next signature continues from
  std::string pending_;             // data of a signed chunk
  size_t pending_given_ = 0;
  crypto::Sha256 chunk_hash_;
  size_t trailer_bytes_ = 0;
  std::string trailer_signature_;
  Trailers trailers_;
  std::optional<ApiError> error_;
};

// The same as a body.
std::unique_ptr<BodySource> make_aws_chunked_source(http::BodyReader& body, AwsChunkedOptions options,
                                                    std::unique_ptr<const ChunkSigning> signing);

}  // namespace garage::api
