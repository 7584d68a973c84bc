// Any bytes: the reader neither crashes nor accepts what it would write differently.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.hpp"
#include "codec/tlv.hpp"

namespace {

using garage::codec::TlvReader;
using garage::codec::TlvWriter;

void read_nested(std::string_view body, int depth_left) {
  TlvReader reader = TlvReader::nested(body);
  TlvWriter again = TlvWriter::nested();
  while (reader.next()) {
    const auto number = reader.u64();
    if (number && reader.tag() % 2 == 0) {
      again.u64(reader.tag(), *number);
    } else {
      again.bytes(reader.tag(), reader.bytes());
    }
    if (depth_left > 0) read_nested(reader.bytes(), depth_left - 1);
  }
  if (reader.status()) ASSERT(again.body() == body, "one value has one encoding");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  read_nested(input, 3);
  const size_t key_bytes = size > 0 ? data[0] % size : 0;
  const std::string_view key = input.substr(0, key_bytes), value = input.substr(key_bytes);
  if (auto reader = TlvReader::open(key, value)) {
    while (reader->next()) reader->number();
  }
  // The same fields with a right checksum.
  TlvWriter row(1);
  row.bytes(1, value);
  const std::string written = std::move(row).finish(key);
  auto reader = TlvReader::open(key, written);
  ASSERT(reader && reader->next() && reader->bytes() == value && !reader->next() && reader->status(), "round trip");
  return 0;
}
