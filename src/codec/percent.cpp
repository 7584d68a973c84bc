#include "codec/percent.hpp"

#include "base/hex.hpp"

namespace garage::codec {
namespace {

constexpr char kDigits[] = "0123456789ABCDEF";

}  // namespace

void append_percent_encoded(std::string& out, std::string_view text, bool keep_slash) {
  size_t start = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (is_unreserved(text[i]) || (byte == '/' && keep_slash)) continue;
    out.append(text.substr(start, i - start));
    const char escape[3] = {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    out.append(escape, sizeof escape);
    start = i + 1;
  }
  out.append(text.substr(start));
}

std::string percent_encode(std::string_view text, bool keep_slash) {
  std::string out;
  out.reserve(text.size() + text.size() / 4);
  append_percent_encoded(out, text, keep_slash);
  return out;
}

bool append_percent_decoded(std::string& out, std::string_view text, bool plus_is_space) {
  const size_t size_before = out.size();
  size_t start = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    char decoded = ' ';
    size_t width = 1;
    if (text[i] == '%') {
      const int high = i + 1 < text.size() ? hex_digit_value(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit_value(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        out.resize(size_before);
        return false;
      }
      decoded = static_cast<char>(high * 16 + low);
      width = 3;
    } else if (text[i] != '+' || !plus_is_space) {
      continue;
    }
    out.append(text.substr(start, i - start));
    out.push_back(decoded);
    start = i + width;
    i = start - 1;
  }
  out.append(text.substr(start));
  return true;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  if (!append_percent_decoded(out, text, plus_is_space)) return std::nullopt;
  return out;
}

}  // namespace garage::codec
