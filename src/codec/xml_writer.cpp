#include "codec/xml_writer.hpp"

#include <array>
#include <charconv>

#include "base/assert.hpp"

namespace garage::codec {
namespace {

enum class Class : unsigned char {
  kPlain,
  kEscape,
  kMaybeNonCharacter,  // first byte of U+FFFE and U+FFFF, which XML excludes, and of many characters that it does not
};

constexpr std::array<Class, 256> make_classes(bool attribute) {
  std::array<Class, 256> classes{};
  for (size_t c = 0; c < 0x20; ++c) classes[c] = Class::kEscape;
  // A carriage return would come back as a line feed. In an attribute, all white space would come back as spaces.
  if (!attribute) classes['\t'] = classes['\n'] = Class::kPlain;
  if (attribute) classes['"'] = Class::kEscape;
  classes['&'] = classes['<'] = classes['>'] = Class::kEscape;
  classes[0xEF] = Class::kMaybeNonCharacter;
  return classes;
}

constexpr auto kTextClasses = make_classes(false);
constexpr auto kAttributeClasses = make_classes(true);

void append_reference(std::string& out, unsigned char c) {
  switch (c) {
    case '&':
      out.append("&amp;");
      return;
    case '<':
      out.append("&lt;");
      return;
    case '>':
      out.append("&gt;");
      return;
    case '"':
      out.append("&quot;");
      return;
    default:
      break;
  }
  constexpr char kHex[] = "0123456789ABCDEF";
  out.append("&#x");
  if (c >= 16) out.push_back(kHex[c >> 4]);
  out.push_back(kHex[c & 15]);
  out.push_back(';');
}

void append_escaped(std::string& out, std::string_view text, const std::array<Class, 256>& classes) {
  const char* start = text.data();
  const char* const end = start + text.size();
  for (const char* pos = start; pos != end;) {
    const Class found = classes[static_cast<unsigned char>(*pos)];
    if (found == Class::kPlain) [[likely]] {
      ++pos;
      continue;
    }
    size_t width = 1;
    if (found == Class::kMaybeNonCharacter) {
      const std::string_view three(pos, std::min<size_t>(3, static_cast<size_t>(end - pos)));
      if (three != "\xEF\xBF\xBE" && three != "\xEF\xBF\xBF") {
        ++pos;
        continue;
      }
      width = 3;
    }
    out.append(start, static_cast<size_t>(pos - start));
    if (width == 3) {
      out.append(pos[2] == '\xBE' ? "&#xFFFE;" : "&#xFFFF;");
    } else {
      append_reference(out, static_cast<unsigned char>(*pos));
    }
    pos += width;
    start = pos;
  }
  out.append(start, static_cast<size_t>(end - start));
}

}  // namespace

void append_xml_text(std::string& out, std::string_view text) {
  append_escaped(out, text, kTextClasses);
}

void append_xml_attribute(std::string& out, std::string_view text) {
  append_escaped(out, text, kAttributeClasses);
}

void XmlWriter::declaration() {
  out_.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
}

void XmlWriter::open(std::string_view name, std::initializer_list<XmlAttributeText> attributes) {
  start_tag(name, attributes);
  open_.push_back(name);
}

void XmlWriter::close() {
  ASSERT(!open_.empty(), "close() without open()");
  end_tag(open_.back());
  open_.pop_back();
}

void XmlWriter::text(std::string_view text) {
  append_xml_text(out_, text);
}

void XmlWriter::element(std::string_view name, std::string_view text) {
  start_tag(name, {});
  append_xml_text(out_, text);
  end_tag(name);
}

void XmlWriter::element(std::string_view name, std::initializer_list<XmlAttributeText> attributes,
                        std::string_view text) {
  start_tag(name, attributes);
  append_xml_text(out_, text);
  end_tag(name);
}

void XmlWriter::number_element(std::string_view name, bool negative, uint64_t magnitude) {
  char digits[20];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, magnitude);
  start_tag(name, {});
  if (negative) out_.push_back('-');
  out_.append(digits, static_cast<size_t>(end - digits));
  end_tag(name);
}

void XmlWriter::start_tag(std::string_view name, std::initializer_list<XmlAttributeText> attributes) {
  out_.push_back('<');
  out_.append(name);
  for (const auto& attribute : attributes) {
    out_.push_back(' ');
    out_.append(attribute.name);
    out_.append("=\"");
    append_xml_attribute(out_, attribute.value);
    out_.push_back('"');
  }
  out_.push_back('>');
}

void XmlWriter::end_tag(std::string_view name) {
  out_.append("</");
  out_.append(name);
  out_.push_back('>');
}

}  // namespace garage::codec
