// Any bytes: what is accepted can be written again and reads back as the same tree; any UTF-8 text survives a round
// trip.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.hpp"
#include "codec/utf8.hpp"
#include "codec/xml.hpp"

namespace {

using garage::codec::XmlNode;
using garage::codec::XmlWriter;

// Names were accepted by the parser, so writing them unescaped is right.
void write(XmlWriter& xml, const XmlNode& node) {
  xml.open(node.name());
  xml.text(node.text());
  for (const auto& child : node.children()) write(xml, child);
  xml.close();
}

bool same(const XmlNode& a, const XmlNode& b) {
  if (a.name() != b.name() || a.text() != b.text() || a.children().size() != b.children().size()) return false;
  for (size_t i = 0; i < a.children().size(); ++i) {
    if (!same(a.children()[i], b.children()[i])) return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto root = garage::codec::parse_xml(input)) {
    std::string again;
    XmlWriter xml(again);
    write(xml, *root);
    const auto back = garage::codec::parse_xml(again, {.bytes_max = 16 << 20});
    ASSERT(back && same(*root, *back), "round trip");
  }
  if (garage::codec::is_valid_utf8(input) && input.find('\0') == std::string_view::npos) {
    std::string body;
    XmlWriter xml(body);
    xml.element("T", {{"a", input}}, input);
    const auto root = garage::codec::parse_xml(body, {.bytes_max = 16 << 20});
    ASSERT(root && root->text() == input && root->attribute("a") == input, "text round trip");
  }
  return 0;
}
