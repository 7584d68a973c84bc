#include "codec/xml_precheck.hpp"

#include <cstdint>

#include "base/hex.hpp"

namespace garage::codec {
namespace {

// The value of a numeric reference's digits, or nothing if they do not name a character. XML 1.0 excludes control
// characters even as references, but object keys may contain them and S3 clients send them this way.
bool names_character(std::string_view digits, uint32_t base) {
  if (digits.empty()) return false;
  uint32_t code_point = 0;
  for (const char c : digits) {
    const int digit = hex_digit_value(c);
    if (digit < 0 || static_cast<uint32_t>(digit) >= base) return false;
    code_point = code_point * base + static_cast<uint32_t>(digit);
    if (code_point > 0x10FFFF) return false;
  }
  return code_point != 0 && (code_point < 0xD800 || code_point > 0xDFFF);
}

// The length of the reference at the front of `text`, which starts with '&'; 0 if it is none of those allowed.
size_t reference_bytes(std::string_view text) {
  constexpr size_t kReferenceBytesMax = 16;  // leaves room for a few leading zeros
  const size_t end = text.substr(0, kReferenceBytesMax).find(';');
  if (end == std::string_view::npos) return 0;
  const std::string_view name = text.substr(1, end - 1);
  bool known = name == "amp" || name == "lt" || name == "gt" || name == "quot" || name == "apos";
  if (name.starts_with("#x")) {
    known = names_character(name.substr(2), 16);
  } else if (name.starts_with("#")) {
    known = names_character(name.substr(1), 10);
  }
  return known ? end + 1 : 0;
}

struct Skipped {
  std::string_view opening, closing, what;
};
constexpr Skipped kSkipped[] = {
    {"<!--", "-->", "comment"}, {"<![CDATA[", "]]>", "CDATA section"}, {"<?", "?>", "instruction"}};

class Precheck {
 public:
  Precheck(std::string_view body, size_t elements_max) : body_(body), elements_left_(elements_max) {}

  Result<void> run() {
    while (pos_ < body_.size()) {
      if (body_[pos_] == '<') {
        CHECK_OK(markup());
      } else if (body_[pos_] == '&') {
        CHECK_OK(reference());
      } else {
        ++pos_;
      }
    }
    return {};
  }

 private:
  Result<void> reference() {
    const size_t size = reference_bytes(body_.substr(pos_));
    if (size == 0) return fail(ErrorKind::kInvalid, "XML entity reference that is not supported");
    pos_ += size;
    return {};
  }

  Result<void> markup() {
    const std::string_view rest = body_.substr(pos_);
    for (const auto& [opening, closing, what] : kSkipped) {
      if (!rest.starts_with(opening)) continue;
      const size_t end = rest.find(closing, opening.size());
      if (end == std::string_view::npos) return fail(ErrorKind::kInvalid, "XML " + std::string(what) + " without end");
      pos_ += end + closing.size();
      return {};
    }
    if (rest.starts_with("<!")) return fail(ErrorKind::kInvalid, "XML document type is not accepted");
    if (!rest.starts_with("</") && elements_left_-- == 0)
      return fail(ErrorKind::kInvalid, "XML with too many elements");
    return tag();
  }

  // From '<' to behind '>', through attribute values in quotes.
  Result<void> tag() {
    char quote = 0;
    for (++pos_; pos_ < body_.size();) {
      const char c = body_[pos_];
      if (c == '<') return fail(ErrorKind::kInvalid, "XML tag with '<' inside");
      if (c == '&') {
        if (quote == 0) return fail(ErrorKind::kInvalid, "XML tag with '&' outside a value");
        CHECK_OK(reference());
        continue;
      }
      ++pos_;
      if (quote == 0 && c == '>') return {};
      if (quote == 0 && (c == '"' || c == '\'')) {
        quote = c;
      } else if (c == quote) {
        quote = 0;
      }
    }
    return fail(ErrorKind::kInvalid, "XML tag without end");
  }

  const std::string_view body_;
  size_t elements_left_;
  size_t pos_ = 0;
};

}  // namespace

Result<void> precheck_xml(std::string_view body, size_t elements_max) {
  return Precheck(body, elements_max).run();
}

}  // namespace garage::codec
