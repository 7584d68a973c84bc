// Any bytes as a chunked body: the same result however the bytes are cut, bounded trailers, and where Beast accepts
// too, the same data and the same end.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/assert.hpp"
#include "http/chunk_decoder.hpp"
#include "http/testing/beast_oracle.hpp"

namespace {

using namespace garage::http;

struct Decoded {
  std::string data;
  size_t used = 0;
  bool finished = false;
  bool failed = false;
  std::string trailers;
  bool operator==(const Decoded&) const = default;
};

Decoded decode(std::string_view text, size_t piece) {
  ChunkDecoder decoder;
  Decoded out;
  while (out.used < text.size() && !decoder.finished()) {
    std::string_view in = text.substr(out.used, piece);
    if (decoder.data_left() > 0) {
      in = in.substr(0, std::min<uint64_t>(in.size(), decoder.data_left()));
      out.data.append(in);
      decoder.take_data(in.size());
      out.used += in.size();
      continue;
    }
    const auto used = decoder.step(in);
    if (!used) {
      out.failed = true;
      out.used = 0;  // where it was noticed depends on the pieces
      return out;
    }
    out.used += *used;
  }
  out.finished = decoder.finished();
  ASSERT(decoder.trailers().size() <= ChunkDecoder::kTrailerFieldsMax, "bounded trailers");
  for (const Header& field : decoder.trailers())
    out.trailers.append(field.name).append(":").append(field.value).append("\n");
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Decoded whole = decode(body, SIZE_MAX);
  ASSERT(whole == decode(body, 1 + data[0]), "pieces make no difference");
  if (whole.failed) return 0;

  const std::string head = "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string request = head + std::string(body);
  testing::OracleRequest oracle;
  const auto end = testing::parse_with_beast(request, oracle);
  if (end == testing::OracleEnd::kError) return 0;
  ASSERT(whole.finished == (end == testing::OracleEnd::kWhole), "the same end");
  if (!whole.finished) return 0;
  ASSERT(head.size() + whole.used == oracle.size, "the same size");
  ASSERT(whole.data == oracle.body, "the same data");
  return 0;
}
