#include "codec/xml.hpp"

#include <gtest/gtest.h>

#include "codec/utf8.hpp"

namespace garage::codec {
namespace {

TEST(XmlWriter, WritesADocument) {
  std::string body;
  XmlWriter xml(body);
  xml.declaration();
  xml.open("List", {{"xmlns", "http://s3/?a=\"1\"&b"}});
  xml.element("Name", "a<b>&c\"'");
  xml.element("Size", uint64_t{18446744073709551615u});
  xml.element("Delta", -5);
  xml.element("Min", INT64_MIN);
  xml.element("Truncated", false);
  xml.element("Grantee", {{"xsi:type", "Group"}}, "x");
  xml.open("Empty");
  EXPECT_EQ(xml.depth(), 2u);
  xml.close();
  xml.text("t");
  xml.close();
  EXPECT_EQ(
      body,
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<List "
      "xmlns=\"http://s3/?a=&quot;1&quot;&amp;b\"><Name>a&lt;b&gt;&amp;c\"'</Name><Size>18446744073709551615</Size>"
      "<Delta>-5</Delta><Min>-9223372036854775808</Min><Truncated>false</Truncated><Grantee "
      "xsi:type=\"Group\">x</Grantee>"
      "<Empty></Empty>t</List>");
}

TEST(XmlWriter, IllegalCharactersBecomeReferences) {
  std::string out;
  append_xml_text(out, std::string_view("\0\x01\x1f\r\n\t\x7f", 7));
  EXPECT_EQ(out, "&#x0;&#x1;&#x1F;&#xD;\n\t\x7f");
  out.clear();
  append_xml_text(out, "\uFFFD\uFFFE\uFFFF\uFEFF\xEF\xBF");
  EXPECT_EQ(out, "\uFFFD&#xFFFE;&#xFFFF;\uFEFF\xEF\xBF");
  out.clear();
  append_xml_attribute(out, "a\n\t\r\"'");
  EXPECT_EQ(out, "a&#xA;&#x9;&#xD;&quot;'");
}

TEST(Xml, EveryCharacterComesBack) {
  std::string text = " \n";
  for (uint32_t c = 1; c <= 0x10FFFF; c += (c < 0x300 || (c > 0xFFF0 && c < 0x10010) ? 1 : 0xF)) {
    if (c < 0xD800 || c > 0xDFFF) append_utf8(text, c);
  }
  std::string body;
  XmlWriter xml(body);
  xml.open("R");
  xml.element("T", {{"a", text}}, text);
  xml.close();
  const auto root = parse_xml(body);
  ASSERT_TRUE(root) << root.error().message;
  EXPECT_EQ(root->text_of("T"), text);
  EXPECT_EQ(root->child("T")->attribute("a"), text);
}

TEST(XmlParser, ReadsARequest) {
  const auto root = parse_xml(
      "\xEF\xBB\xBF<?xml version=\"1.0\"?>\n"
      "<!-- <!DOCTYPE &x; --><s3:Delete xmlns:s3=\"urn:x\" xmlns=\"y\" s3:v='1' w=\">&quot;\">\r\n"
      "  <Object><Key> a>&amp;&#x41;&#66;&#1;<![CDATA[<&z;>]]><!-- c -->b </Key></Object>\n"
      "  <Object><Key/></Object><Quiet>true</Quiet><Object><Key> </Key></Object>\n</s3:Delete>\n<?x y?>\n");
  ASSERT_TRUE(root) << root.error().message;
  EXPECT_EQ(root->name(), "Delete");
  EXPECT_EQ(root->text(), "");
  EXPECT_EQ(root->attribute("v"), "1");
  EXPECT_EQ(root->attribute("w"), ">\"");
  EXPECT_EQ(root->attributes().size(), 2u);
  EXPECT_EQ(root->children().size(), 4u);
  const auto objects = root->children("Object");
  ASSERT_EQ(objects.size(), 3u);
  EXPECT_EQ(objects[0]->text_of("Key"), " a>&AB\x01<&z;>b ");
  EXPECT_EQ(objects[1]->text_of("Key"), "");
  EXPECT_EQ(objects[2]->text_of("Key"), " ");
  EXPECT_EQ(root->text_of("Quiet"), "true");
  EXPECT_EQ(root->text_of("Nothing"), std::nullopt);
  EXPECT_EQ(root->child("Nothing"), nullptr);
}

TEST(XmlParser, RefusesDangerAndNonsense) {
  for (const auto* body : {"",
                           " ",
                           "text",
                           "<a>",
                           "<a></b>",
                           "</a>",
                           "<a/><b/>",
                           "<a/>text",
                           "text<a/>",
                           "<a",
                           "<a b></a>",
                           "<a b=c></a>",
                           "<!DOCTYPE a><a/>",
                           "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
                           "<!doctype a><a/>",
                           "<a><!ELEMENT b></a>",
                           "<a>&x;</a>",
                           "<a>&;</a>",
                           "<a>&amp</a>",
                           "<a>& </a>",
                           "<a b='&x;'/>",
                           "<a>&#0;</a>",
                           "<a>&#xD800;</a>",
                           "<a>&#x110000;</a>",
                           "<a>&#;</a>",
                           "<a>&#x;</a>",
                           "<a>&#1F;</a>",
                           "<a>&#99999999999999999999;</a>",
                           "<a>&#x-1;</a>",
                           "<a><!-- </a>",
                           "<a><![CDATA[ </a>",
                           "<?xml ",
                           "<a>\xff</a>",
                           "<a>\xed\xa0\x80</a>",
                           "<!-- -->"}) {
    const auto root = parse_xml(body);
    ASSERT_FALSE(root) << body;
    EXPECT_EQ(root.error().kind, ErrorKind::kInvalid);
  }
  EXPECT_FALSE(parse_xml(std::string_view("<a>\0</a>", 8)));
  EXPECT_FALSE(parse_xml(std::string_view("<a/>\0", 5)));
}

TEST(XmlParser, SizeAndDepthAreBounded) {
  const auto nested = [](size_t depth) {
    std::string body;
    for (size_t i = 0; i < depth; ++i) body += "<a>";
    for (size_t i = 0; i < depth; ++i) body += "</a>";
    return body;
  };
  EXPECT_TRUE(parse_xml(nested(32)));
  EXPECT_FALSE(parse_xml(nested(33)));
  EXPECT_FALSE(parse_xml(nested(100'000)));
  EXPECT_TRUE(parse_xml("<a/>", {.bytes_max = 4}));
  EXPECT_FALSE(parse_xml("<ab/>", {.bytes_max = 4}));
  EXPECT_TRUE(parse_xml("<a><b/><b></b></a>", {.elements_max = 3}));
  EXPECT_FALSE(parse_xml("<a><b/><b/><b/></a>", {.elements_max = 3}));
}

}  // namespace
}  // namespace garage::codec
