// Writes XML by appending to a string: no tree, no copy, fast enough for listings of thousands of keys.
//
//   std::string body;
//   XmlWriter xml(body);
//   xml.declaration();
//   xml.open("ListBucketResult", {{"xmlns", kS3Namespace}});
//   xml.element("Name", bucket);
//   xml.close();
//
// Ownership: borrows the string, and the names of elements until they are closed (string literals). Between calls the
//            caller may append to the string, or take its contents away and clear it.
// Contract:  names are the program's own and are not escaped; texts are any UTF-8. Characters that XML 1.0 cannot hold
//            are written as numeric references, as S3 does for such object keys.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace garage::codec {

struct XmlAttributeText {
  std::string_view name;
  std::string_view value;
};

class XmlWriter {
 public:
  explicit XmlWriter(std::string& out) : out_(out) {}

  // <?xml version="1.0" encoding="UTF-8"?> and a line break.
  void declaration();
  void open(std::string_view name, std::initializer_list<XmlAttributeText> attributes = {});
  void close();
  void text(std::string_view text);

  // A whole element with nothing but text in it.
  void element(std::string_view name, std::string_view text);
  void element(std::string_view name, const char* text) { element(name, std::string_view(text)); }
  void element(std::string_view name, std::same_as<bool> auto value) {
    element(name, std::string_view(value ? "true" : "false"));
  }
  void element(std::string_view name, std::signed_integral auto value) {
    number_element(name, value < 0, magnitude(value));
  }
  void element(std::string_view name, std::unsigned_integral auto value)
    requires(!std::same_as<decltype(value), bool>)
  {
    number_element(name, false, value);
  }
  void element(std::string_view name, std::initializer_list<XmlAttributeText> attributes, std::string_view text);

  // Elements opened and not yet closed.
  size_t depth() const { return open_.size(); }

 private:
  static uint64_t magnitude(int64_t value) {
    return value < 0 ? ~static_cast<uint64_t>(value) + 1 : static_cast<uint64_t>(value);
  }
  void number_element(std::string_view name, bool negative, uint64_t magnitude);
  void start_tag(std::string_view name, std::initializer_list<XmlAttributeText> attributes);
  void end_tag(std::string_view name);

  std::string& out_;
  std::vector<std::string_view> open_;
};

// The escaping alone. In attributes, quotes and line breaks are escaped too.
void append_xml_text(std::string& out, std::string_view text);
void append_xml_attribute(std::string& out, std::string_view text);

}  // namespace garage::codec
