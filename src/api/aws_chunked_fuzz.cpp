// Bodies of arbitrary bytes, cut in arbitrary places: the result does not depend on the cuts, and no length is
// exceeded.
#include <cstdint>
#include <string>
#include <string_view>

#include "api/aws_chunked.hpp"
#include "base/assert.hpp"

using namespace garage;
using namespace garage::api;

namespace {

struct Outcome {
  std::string content;
  bool finished = false;
  std::optional<ErrorCode> error;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome run(std::string_view body, PayloadMode mode, uint64_t length, size_t input_step, size_t output_step) {
  AwsChunkedOptions options{
      .mode = mode, .signing = nullptr, .decoded_length = length, .trailer_names = {"x-amz-checksum-crc32"}};
  if (mode != PayloadMode::kStreamingUnsignedTrailer) {
    options.signing = std::make_shared<const ChunkSigning>(
        ChunkSigning{SigningKey("key"), "20130524T000000Z", "20130524/garage/s3/aws4_request", std::string(64, 'a')});
  }
  AwsChunkedDecoder decoder(std::move(options));
  Outcome outcome;
  std::string out(output_step, '\0');
  for (size_t at = 0;;) {
    const std::string_view piece = body.substr(at, input_step);
    const auto step = decoder.decode(piece, std::span(out));
    if (!step) {
      outcome.error = step.error().code;
      break;
    }
    ASSERT(step->taken <= piece.size() && step->given <= out.size(), "within the buffers");
    outcome.content.append(out, 0, step->given);
    at += step->taken;
    ASSERT(outcome.content.size() <= length, "within the declared length");
    if (decoder.finished()) break;
    if (step->taken == 0 && step->given == 0) {
      ASSERT(at == body.size(), "only the end of the input stops it");
      break;
    }
  }
  outcome.finished = decoder.finished();
  ASSERT(!outcome.finished || outcome.content.size() == length, "a finished body is complete");
  ASSERT(!outcome.finished || mode == PayloadMode::kStreamingUnsignedTrailer, "no signature was made");
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) return 0;
  constexpr PayloadMode kModes[] = {PayloadMode::kStreamingUnsignedTrailer, PayloadMode::kStreamingSigned,
                                    PayloadMode::kStreamingSignedTrailer, PayloadMode::kStreamingUnsignedTrailer};
  const std::string_view body(reinterpret_cast<const char*>(data + 4), size - 4);
  const PayloadMode mode = kModes[data[0] % 4];
  const Outcome whole = run(body, mode, data[1], SIZE_MAX, 1 << 16);
  const Outcome cut = run(body, mode, data[1], 1 + data[2] % 64, 1 + data[3] % 64);
  ASSERT(whole == cut || whole.error, "cuts do not matter");
  ASSERT(whole.error == cut.error && whole.finished == cut.finished, "nor for the verdict");
  return 0;
}
