#include "table/range_messages.hpp"

#include <gtest/gtest.h>

#include "table/range.hpp"

namespace garage::table {
namespace {

RangeRequest request() {
  return {kv::Family::kObject, "a", "ab", "/", {{7, {"s0", "s1"}, 10}, {8, {"s2"}, 20}}};
}

RangeItem item(std::string key, std::optional<std::string> value) {
  RangeItem out;
  out.key = std::move(key);
  out.ord = {5, 6};
  out.uuid.bytes[1] = 3;
  out.modified_ms = 9;
  out.value = std::move(value);
  return out;
}

TEST(RangeMessages, ComeBackAsTheyWere) {
  auto back = decode_range_request(encode_range_request(request()));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->prefix, "a");
  EXPECT_EQ(back->from, "ab");
  EXPECT_EQ(back->delimiter, "/");
  ASSERT_EQ(back->sections.size(), 2u);
  EXPECT_EQ(back->sections[0].shards, (std::vector<std::string>{"s0", "s1"}));
  EXPECT_EQ(back->sections[1].stage, 8u);
  EXPECT_EQ(back->sections[1].items_max, 20u);

  RangeItem prefix = item("ac/x", std::nullopt);
  prefix.prefix_bytes = 3;
  prefix.shard = 1;
  std::vector<SectionAnswer> answer(2);
  answer[0].items = {item("ab", "value"), prefix, item("ad", std::nullopt)};
  answer[0].complete_to = "ae";
  answer[1] = {Verdict::kStageOver, 9, {}, {}};
  auto told = decode_range_answer(request(), encode_range_answer(answer));
  ASSERT_TRUE(told) << told.error().message;
  EXPECT_EQ((*told)[0].items[0].value, "value");
  EXPECT_EQ((*told)[0].items[0].modified_ms, 9u);
  EXPECT_EQ((*told)[0].items[1].position(), "ac/");
  EXPECT_FALSE((*told)[0].items[2].value);
  EXPECT_EQ((*told)[0].complete_to, "ae");
  EXPECT_EQ((*told)[1].verdict, Verdict::kStageOver);
  EXPECT_EQ((*told)[1].stage, 9u);
}

TEST(RangeMessages, AnswersToOtherQuestionsAreRefused) {
  const auto refused = [](std::vector<RangeItem> items, std::optional<std::string> complete_to = {}) {
    std::vector<SectionAnswer> answer(2);
    answer[0].items = std::move(items);
    answer[0].complete_to = std::move(complete_to);
    return !decode_range_answer(request(), encode_range_answer(answer));
  };
  EXPECT_FALSE(refused({item("ab", "v")}));
  EXPECT_TRUE(refused({item("b", "v")}));                    // outside the prefix
  EXPECT_TRUE(refused({item("aa", "v")}));                   // before the beginning
  EXPECT_TRUE(refused({item("ad", "v"), item("ac", "v")}));  // not in order
  EXPECT_TRUE(refused({item("ac", "v"), item("ac", "v")}));
  EXPECT_TRUE(refused({item("ac/x", "v")}));  // not rolled up
  EXPECT_TRUE(refused({item("ad", "v")}, "ac"));
  EXPECT_TRUE(refused({}, "aa"));
  RangeItem other = item("ac", "v");
  other.shard = 2;
  EXPECT_TRUE(refused({other}));
  other.shard = 0;
  other.ord = {};
  EXPECT_TRUE(refused({other}));
  EXPECT_FALSE(decode_range_answer(request(), encode_range_answer({SectionAnswer()})));
}

TEST(RangeMessages, QuestionsAreBounded) {
  const auto refused = [](auto change) {
    RangeRequest changed = request();
    change(changed);
    return !decode_range_request(encode_range_request(changed));
  };
  EXPECT_FALSE(refused([](RangeRequest&) {}));
  EXPECT_TRUE(refused([](RangeRequest& r) { r.sections.clear(); }));
  EXPECT_TRUE(refused([](RangeRequest& r) { r.sections[0].shards.clear(); }));
  EXPECT_TRUE(refused([](RangeRequest& r) { r.sections[0].shards.assign(kRangeShardsMax, "s"); }));
  EXPECT_TRUE(refused([](RangeRequest& r) { r.sections[0].items_max = 0; }));
  EXPECT_TRUE(refused([](RangeRequest& r) { r.sections[0].items_max = 1u << 30; }));
  EXPECT_TRUE(refused([](RangeRequest& r) { r.prefix.assign(10'000, 'x'); }));
}

}  // namespace
}  // namespace garage::table
