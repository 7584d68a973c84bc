// Reads the XML body of a request into a small tree of our own.
//
// Hostile input is the normal case: size, depth and number of elements are bounded, a document type definition and
// entities other than the five of XML are refused (so nothing expands or is fetched), and so is anything that is not
// UTF-8. Comments and processing instructions are skipped. Namespaces are not resolved: a prefix is cut off and xmlns
// declarations are dropped, because clients disagree about them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace garage::codec {

struct XmlAttribute {
  std::string name;
  std::string value;
};

class XmlNode {
 public:
  XmlNode() = default;
  XmlNode(std::string name, std::string text, std::vector<XmlNode> children, std::vector<XmlAttribute> attributes);

  const std::string& name() const { return name_; }
  // All characters directly inside, exactly as sent; empty where white space only separates child elements.
  const std::string& text() const { return text_; }
  const std::vector<XmlNode>& children() const { return children_; }
  const std::vector<XmlAttribute>& attributes() const { return attributes_; }

  // The first child of that name; nullptr if there is none. Valid as long as this node.
  const XmlNode* child(std::string_view name) const;
  std::vector<const XmlNode*> children(std::string_view name) const;
  // The text of the first child of that name.
  std::optional<std::string_view> text_of(std::string_view name) const;
  std::optional<std::string_view> attribute(std::string_view name) const;

 private:
  std::string name_;
  std::string text_;
  std::vector<XmlNode> children_;
  std::vector<XmlAttribute> attributes_;
};

struct XmlLimits {
  size_t bytes_max = 1 << 20;
  size_t depth_max = 32;
  size_t elements_max =
      200'000;  // the longest body in use is CompleteMultipartUpload: 10,000 parts of at most 9 elements
};

// The root element; kInvalid for anything that is not exactly one well-formed document within the limits.
Result<XmlNode> parse_xml(std::string_view body, XmlLimits limits = {});

}  // namespace garage::codec
