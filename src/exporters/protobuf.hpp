// Writes fields of protocol buffers, as https://protobuf.dev/programming-guides/encoding says. Nothing is read: answers
// are of no interest beyond their status.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace garage::exporters {

class ProtobufWriter {
 public:
  // Also of nested messages: give it their take().
  void bytes(uint32_t field, std::string_view value);
  void number(uint32_t field, uint64_t value);
  void fixed64(uint32_t field, uint64_t value);
  std::string take() { return std::move(out_); }

 private:
  void varint(uint64_t value);
  std::string out_;
};

}  // namespace garage::exporters
