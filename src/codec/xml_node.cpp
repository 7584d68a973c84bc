#include "codec/xml_node.hpp"

#include <algorithm>
#include <exception>
#include <pugixml.hpp>

#include "codec/utf8.hpp"
#include "codec/xml_precheck.hpp"

namespace garage::codec {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

bool is_text(const pugi::xml_node& node) {
  return node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata;
}

// The name behind its prefix; empty if nothing that can be a name is left.
std::string_view local_name(std::string_view name) {
  const size_t colon = name.rfind(':');
  if (colon != std::string_view::npos) name.remove_prefix(colon + 1);
  const char first = name.empty() ? '-' : name.front();
  const bool starts_name =
      (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') || first == '_' || (first & 0x80) != 0;
  return starts_name ? name : std::string_view();
}

Result<std::vector<XmlAttribute>> convert_attributes(const pugi::xml_node& from) {
  std::vector<XmlAttribute> out;
  for (const auto& attribute : from.attributes()) {
    const std::string_view name = attribute.name();
    if (name == "xmlns" || name.starts_with("xmlns:")) continue;
    const std::string_view local = local_name(name);
    if (local.empty()) return fail(ErrorKind::kInvalid, "XML attribute without a proper name");
    out.push_back({std::string(local), attribute.value()});
  }
  return out;
}

size_t count_elements(const pugi::xml_node& parent) {
  size_t count = 0;
  for (const auto& inner : parent.children()) count += inner.type() == pugi::node_element ? 1 : 0;
  return count;
}

Result<XmlNode> convert(const pugi::xml_node& from, size_t depth_left) {
  if (depth_left == 0) return fail(ErrorKind::kInvalid, "XML nested too deeply");
  const std::string_view name = local_name(from.name());
  if (name.empty()) return fail(ErrorKind::kInvalid, "XML element without a proper name");
  TRY(auto attributes, convert_attributes(from));
  std::string text;
  std::vector<XmlNode> children;
  children.reserve(count_elements(from));
  for (const auto& inner : from.children()) {
    if (inner.type() == pugi::node_element) {
      TRY(XmlNode child, convert(inner, depth_left - 1));
      children.push_back(std::move(child));
    } else if (is_text(inner)) {
      text += inner.value();
    } else {
      return fail(ErrorKind::kInvalid, "XML with something else than elements and text");
    }
  }
  if (!children.empty() && is_blank(text)) text.clear();
  return XmlNode(std::string(name), std::move(text), std::move(children), std::move(attributes));
}

Result<XmlNode> parse_checked(std::string_view body, size_t depth_max) {
  // White space is kept because object keys may consist of it; the fragment flag keeps text outside the root so that it
  // can be refused.
  constexpr unsigned kFlags = pugi::parse_cdata | pugi::parse_escapes | pugi::parse_eol | pugi::parse_ws_pcdata |
                              pugi::parse_wconv_attribute | pugi::parse_doctype | pugi::parse_fragment;
  pugi::xml_document document;
  const auto outcome = document.load_buffer(body.data(), body.size(), kFlags, pugi::encoding_utf8);
  if (!outcome) {
    return fail(ErrorKind::kInvalid,
                std::string("not valid XML: ") + outcome.description() + " at byte " + std::to_string(outcome.offset));
  }
  pugi::xml_node root;
  for (const auto& node : document.children()) {
    if (node.type() == pugi::node_element) {
      if (root) return fail(ErrorKind::kInvalid, "XML with more than one root element");
      root = node;
    } else if (!is_text(node) || !is_blank(node.value())) {
      return fail(ErrorKind::kInvalid, "XML with text outside the root element");
    }
  }
  if (!root) return fail(ErrorKind::kInvalid, "XML without an element");
  return convert(root, depth_max);
}

}  // namespace

XmlNode::XmlNode(std::string name, std::string text, std::vector<XmlNode> children,
                 std::vector<XmlAttribute> attributes)
    : name_(std::move(name)),
      text_(std::move(text)),
      children_(std::move(children)),
      attributes_(std::move(attributes)) {}

const XmlNode* XmlNode::child(std::string_view name) const {
  const auto found =
      std::find_if(children_.begin(), children_.end(), [&](const XmlNode& n) { return n.name_ == name; });
  return found != children_.end() ? &*found : nullptr;
}

std::vector<const XmlNode*> XmlNode::children(std::string_view name) const {
  std::vector<const XmlNode*> out;
  for (const auto& node : children_) {
    if (node.name_ == name) out.push_back(&node);
  }
  return out;
}

std::optional<std::string_view> XmlNode::text_of(std::string_view name) const {
  const XmlNode* found = child(name);
  return found != nullptr ? std::optional<std::string_view>(found->text_) : std::nullopt;
}

std::optional<std::string_view> XmlNode::attribute(std::string_view name) const {
  for (const auto& attribute : attributes_) {
    if (attribute.name == name) return attribute.value;
  }
  return std::nullopt;
}

Result<XmlNode> parse_xml(std::string_view body, XmlLimits limits) {
  if (body.size() > limits.bytes_max) return fail(ErrorKind::kInvalid, "XML body too large");
  if (!is_valid_utf8(body) || body.find('\0') != std::string_view::npos)
    return fail(ErrorKind::kInvalid, "XML is not UTF-8 text");
  if (body.starts_with(kByteOrderMark)) body.remove_prefix(kByteOrderMark.size());
  CHECK_OK(precheck_xml(body, limits.elements_max));
  try {
    return parse_checked(body, limits.depth_max);
  } catch (const std::exception& e) {
    return fail(ErrorKind::kInvalid, std::string("not valid XML: ") + e.what());
  }
}

}  // namespace garage::codec
