// aws-chunked: the framing inside the body in which streaming uploads sign chunk after chunk.
//
//   chunk   := HEXSIZE [";chunk-signature=" 64HEX] CRLF DATA CRLF
//   last    := "0" [";chunk-signature=" 64HEX] CRLF
//   trailer := (NAME ":" VALUE ["\n"] CRLF)* ["x-amz-trailer-signature:" 64HEX CRLF]
//   body    := chunk* last [trailer] CRLF
//
// The decoder is fed with bytes and knows no source, so it can be tested and fuzzed by itself. It keeps no content: a
// chunk is hashed as it passes, and its signature is verified at its end. Chunks may be of any size, and who sends many
// at once takes no memory but that of the operation that reads them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
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
  std::shared_ptr<const ChunkSigning> signing;                // with the signed modes
  uint64_t decoded_length = 0;
  std::vector<std::string> trailer_names;  // what x-amz-trailer announced, lower-cased
};

// Threads: one. An error stays.
class AwsChunkedDecoder {
 public:
  explicit AwsChunkedDecoder(AwsChunkedOptions options);

  struct Step {
    size_t taken = 0;
    size_t given = 0;
  };
  // Takes from `input` and gives content into `out`, until one of them is used up or the body has ended.
  ApiResult<Step> decode(std::string_view input, std::span<char> out);

  // So many bytes that follow what was taken are content as they stand, and need not go through decode(): report them
  // to passed().
  uint64_t pass_through_bytes() const { return state_ == State::kData ? chunk_left_ : 0; }
  void passed(std::string_view data);

  // The closing CRLF was seen, and every length and signature was right.
  bool finished() const { return state_ == State::kFinished; }
  // Empty before.
  const Trailers& trailers() const { return trailers_; }

 private:
  enum class State : unsigned char { kHead, kData, kDataEnd, kTrailer, kFinished };

  // Each takes what it can from the front of its arguments; false: nothing more can be done with them.
  ApiResult<bool> advance(std::string_view& input, std::span<char>& out);
  bool take_line(std::string_view& input);
  bool take_data(std::string_view& input, std::span<char>& out);

  ApiResult<void> on_line_too_long() const;
  ApiResult<void> on_chunk_head(std::string_view line);
  ApiResult<void> on_last_chunk();
  ApiResult<void> on_data_end(std::string_view line);
  ApiResult<void> on_trailer(std::string_view line);
  ApiResult<void> on_trailers_end();
  ApiResult<void> verify(std::string_view signed_text_tail, std::string_view tag, std::string_view claimed);

  bool is_signed() const { return options_.mode != PayloadMode::kStreamingUnsignedTrailer; }
  bool has_trailer() const { return options_.mode != PayloadMode::kStreamingSigned; }

  AwsChunkedOptions options_;
  State state_ = State::kHead;
  std::optional<ApiError> error_;
  std::string line_;  // while incomplete, and then without its CRLF

  uint64_t decoded_ = 0;            // bytes of content in the chunks begun so far
  uint64_t chunk_left_ = 0;         // bytes of the current chunk still to come
  std::string chunk_signature_;     // as the client claims
  std::string previous_signature_;  // what the next signature continues from
  crypto::Sha256 chunk_hash_;

  size_t trailer_bytes_ = 0;
  std::string trailer_signature_;
  Trailers received_;  // not yet verified
  Trailers trailers_;
};

// The same as a body.
std::unique_ptr<BodySource> make_aws_chunked_source(http::BodyReader& body, AwsChunkedOptions options);

}  // namespace garage::api
