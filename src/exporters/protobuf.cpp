#include "exporters/protobuf.hpp"

namespace garage::exporters {
namespace {

constexpr uint32_t kVarint = 0, kFixed64 = 1, kLengthDelimited = 2;

}  // namespace

void ProtobufWriter::varint(uint64_t value) {
  for (; value >= 0x80; value >>= 7) out_ += static_cast<char>((value & 0x7f) | 0x80);
  out_ += static_cast<char>(value);
}

void ProtobufWriter::bytes(uint32_t field, std::string_view value) {
  varint(field << 3 | kLengthDelimited);
  varint(value.size());
  out_ += value;
}

void ProtobufWriter::number(uint32_t field, uint64_t value) {
  varint(field << 3 | kVarint);
  varint(value);
}

void ProtobufWriter::fixed64(uint32_t field, uint64_t value) {
  varint(field << 3 | kFixed64);
  for (int shift = 0; shift < 64; shift += 8) out_ += static_cast<char>(value >> shift & 0xff);
}

}  // namespace garage::exporters
