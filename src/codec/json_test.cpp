#include "codec/json.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "codec/utf8.hpp"

namespace garage::codec {
namespace {

TEST(Json, BuildsAndWrites) {
  Json value = Json::object({{"a", 1}, {"list", Json::array({true, nullptr, "x", 2.5})}, {"empty", Json::object()}});
  value.set("b", std::string("text"));
  value.set("a", 2u);
  EXPECT_EQ(to_json(value), R"({"a":2,"list":[true,null,"x",2.5],"empty":{},"b":"text"})");
  EXPECT_EQ(to_json(Json()), "null");
  EXPECT_EQ(to_json(Json().push_back(1).push_back(Json().set("k", false))), R"([1,{"k":false}])");
  EXPECT_EQ(to_json(Json::array()), "[]");
}

TEST(Json, PrettyIsTheSameValue) {
  const Json value = Json::object({{"a", Json::array({1, Json::object({{"b", "c"}})})}, {"e", Json::array()}});
  EXPECT_EQ(to_json_pretty(value), "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"c\"\n    }\n  ],\n  \"e\": []\n}");
  EXPECT_EQ(parse_json(to_json_pretty(value)), value);
}

TEST(Json, AccessorsGiveNothingForAnotherKind) {
  const Json text = "5";
  EXPECT_EQ(text.as_string(), "5");
  EXPECT_FALSE(text.as_int64());
  EXPECT_FALSE(text.as_bool());
  EXPECT_FALSE(text.as_double());
  EXPECT_EQ(text.as_array(), nullptr);
  EXPECT_EQ(text.find("x"), nullptr);
  EXPECT_EQ(text.size(), 0u);
  EXPECT_FALSE(Json(-1).as_uint64());
  EXPECT_EQ(Json(-1).as_int64(), -1);
  EXPECT_FALSE(Json(UINT64_MAX).as_int64());
  EXPECT_EQ(Json(UINT64_MAX).as_uint64(), UINT64_MAX);
  EXPECT_EQ(Json(uint64_t{7}), Json(7));
  EXPECT_EQ(Json(7).as_double(), 7.0);
  EXPECT_FALSE(Json(7.0).as_int64());
  EXPECT_TRUE(Json(true).as_bool().value());
  EXPECT_FALSE(Json(1).as_bool());
}

TEST(Json, ParsesAndKeepsTheOrder) {
  const auto value = parse_json(
      R"( {"z": 1, "a": [1, -2, 18446744073709551615, 0.1, 1e3, "é\u00e9\n\ud83d\ude00"], "m": {"": null}} )");
  ASSERT_TRUE(value);
  EXPECT_EQ(to_json(*value), R"({"z":1,"a":[1,-2,18446744073709551615,0.1,1000.0,"éé\n😀"],"m":{"":null}})");
  ASSERT_NE(value->find("m"), nullptr);
  EXPECT_TRUE(value->find("m")->find("")->is_null());
  EXPECT_EQ(value->find("a")->as_array()->at(2).as_uint64(), UINT64_MAX);
}

TEST(Json, NumbersComeBackExactly) {
  for (const double x : {0.1, -0.0, 1.0, 1e21, 123456789.123456789, 5e-324, 1.7976931348623157e308,
                         2.2250738585072014e-308, 9007199254740993.0, 0.30000000000000004, 1e23}) {
    const auto back = parse_json(to_json(Json(x)));
    ASSERT_TRUE(back) << x;
    EXPECT_EQ(back->as_double(), x);
    EXPECT_EQ(std::signbit(*back->as_double()), std::signbit(x));
  }
  for (const int64_t x : {INT64_MIN, INT64_MAX, int64_t{0}, int64_t{-1}})
    EXPECT_EQ(parse_json(to_json(Json(x))), Json(x));
}

TEST(Json, StringsComeBackExactly) {
  std::string all;
  for (int c = 0; c < 128; ++c) all.push_back(static_cast<char>(c));
  all += "\u00e9\u20ac\U0001F600";
  const auto back = parse_json(to_json(Json(all)));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->as_string(), all);
}

TEST(Json, WritesOnlyValidJson) {
  EXPECT_EQ(to_json(Json(std::numeric_limits<double>::infinity())), "null");
  EXPECT_EQ(to_json(Json(std::nan(""))), "null");
  const std::string text = to_json(Json::array({"a\xff\xc3", "\xed\xa0\x80"}));
  EXPECT_TRUE(is_valid_utf8(text));
  EXPECT_TRUE(parse_json(text));
}

TEST(Json, RefusesWhatIsNotJson) {
  for (const auto* text :
       {"",      " ",        "{",        "[1,]",        "{\"a\":1,}", "{a:1}", "'a'",    "01",  "1.",    "+1", "nul",
        "[1] 2", "\"\x01\"", "\"\xff\"", "\"\\ud800\"", "// c\n1",    "1e999", "-1e999", "NaN", "[1 2]", "\"a"}) {
    const auto value = parse_json(text);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().kind, ErrorKind::kInvalid);
  }
  EXPECT_FALSE(parse_json(std::string_view("1\0", 2)));
}

TEST(Json, RefusesAKeyNamedTwice) {
  EXPECT_FALSE(parse_json(R"({"a":1,"a":2})"));
  EXPECT_FALSE(parse_json(R"([{"a":1,"b":{},"\u0061":2}])"));
  std::string many = "{";
  for (int i = 0; i < 100; ++i) many += "\"k" + std::to_string(i) + "\":0,";
  EXPECT_TRUE(parse_json(many + "\"k100\":0}"));
  EXPECT_FALSE(parse_json(many + "\"k50\":0}"));
  EXPECT_TRUE(parse_json(R"([{"a":1},{"a":2}])"));
}

TEST(Json, DepthIsBounded) {
  const auto nested = [](size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(parse_json(nested(32)));
  EXPECT_FALSE(parse_json(nested(33)));
  EXPECT_TRUE(parse_json(nested(3), 3));
  EXPECT_FALSE(parse_json(nested(4), 3));
  EXPECT_FALSE(parse_json(std::string(1'000'000, '[')));
}

}  // namespace
}  // namespace garage::codec
