#include "codec/utf8.hpp"

#include <algorithm>
#include <cstring>

#include "base/assert.hpp"

namespace garage::codec {
namespace {

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

}  // namespace

size_t utf8_sequence_bytes(std::string_view text) {
  if (text.empty()) return 0;
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;  // continuation, overlong, or above U+10FFFF
  const size_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (text.size() < size) return 0;
  for (size_t i = 1; i < size; ++i) {
    if (!is_continuation(text[i])) return 0;
  }
  const auto second = static_cast<unsigned char>(text[1]);
  if (lead == 0xE0 && second < 0xA0) return 0;  // overlong
  if (lead == 0xED && second > 0x9F) return 0;  // surrogate
  if (lead == 0xF0 && second < 0x90) return 0;  // overlong
  if (lead == 0xF4 && second > 0x8F) return 0;  // above U+10FFFF
  return size;
}

bool is_valid_utf8(std::string_view text) {
  size_t pos = 0;
  while (pos < text.size()) {
    uint64_t word;
    while (text.size() - pos >= sizeof word) {
      std::memcpy(&word, text.data() + pos, sizeof word);
      if ((word & 0x8080808080808080) != 0) break;
      pos += sizeof word;
    }
    if (pos == text.size()) return true;
    const size_t size = utf8_sequence_bytes(text.substr(pos));
    if (size == 0) return false;
    pos += size;
  }
  return true;
}

std::string repair_utf8(std::string text) {
  if (is_valid_utf8(text)) return text;
  std::string out;
  for (std::string_view rest = text; !rest.empty();) {
    const size_t size = utf8_sequence_bytes(rest);
    out.append(size > 0 ? rest.substr(0, size) : kReplacementCharacter);
    rest.remove_prefix(std::max<size_t>(size, 1));
  }
  return out;
}

void append_utf8(std::string& out, uint32_t code_point) {
  ASSERT(code_point <= 0x10FFFF && (code_point < 0xD800 || code_point > 0xDFFF), "not a Unicode scalar value");
  const auto tail = [&](unsigned shift) { out.push_back(static_cast<char>(0x80 | ((code_point >> shift) & 0x3F))); };
  if (code_point < 0x80) {
    out.push_back(static_cast<char>(code_point));
  } else if (code_point < 0x800) {
    out.push_back(static_cast<char>(0xC0 | (code_point >> 6)));
    tail(0);
  } else if (code_point < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | (code_point >> 12)));
    tail(6), tail(0);
  } else {
    out.push_back(static_cast<char>(0xF0 | (code_point >> 18)));
    tail(12), tail(6), tail(0);
  }
}

}  // namespace garage::codec
