// Listings against a model: a sorted set of keys and the rules of S3.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "object/testing/object_node.hpp"

namespace garage::object {
namespace {

using namespace testing;

struct Page {
  std::vector<std::string> items;  // keys and common prefixes in order
  bool truncated = false;
};

Page model_page(const std::set<std::string>& keys, const std::string& prefix, const std::string& delimiter,
                const std::string& after, size_t items_max) {
  Page page;
  const auto item_of = [&](const std::string& key) {
    if (delimiter.empty()) return key;
    const size_t at = key.find(delimiter, prefix.size());
    return at == std::string::npos ? key : key.substr(0, at + delimiter.size());
  };
  const bool marker_rolled = after.starts_with(prefix) && !after.empty() && item_of(after) != after;
  const std::string marker = marker_rolled ? item_of(after) : after;
  for (const std::string& key : keys) {
    if (!key.starts_with(prefix)) continue;
    const std::string item = item_of(key);
    if (!after.empty() && (key <= after || item == marker || item <= marker)) {
      if (item == marker || key <= after) continue;
    }
    if (!page.items.empty() && page.items.back() == item) continue;
    if (page.items.size() == items_max) {
      page.truncated = items_max > 0;
      break;
    }
    page.items.push_back(item);
  }
  return page;
}

Page real_page(const ListPage& page) {
  Page out;
  for (const auto& object : page.objects) out.items.push_back(object.key);
  for (const auto& rolled : page.common_prefixes) out.items.push_back(rolled);
  std::sort(out.items.begin(), out.items.end());
  out.truncated = page.truncated;
  return out;
}

TEST(Listing, AgreesWithTheModel) {
  Machine machine;
  ObjectNode node(machine);
  const BucketRef bucket = node.make_bucket("bucket");
  sim::SimRandom draw(7);
  std::set<std::string> keys;
  const std::string alphabet = "ab/\xff";
  const auto word = [&](size_t max) {
    std::string out;
    for (size_t n = 1 + draw.below(max); n > 0; --n) out += alphabet[draw.below(alphabet.size())];
    return out;
  };
  for (int i = 0; i < 150; ++i) {
    const std::string key = word(6);
    if (draw.below(4) == 0) {
      ASSERT_TRUE(node.remove(bucket, key));
      keys.erase(key);
    } else {
      ASSERT_TRUE(node.put(bucket, key, "x"));
      keys.insert(key);
    }
  }
  size_t truncated = 0;
  for (int i = 0; i < 1500; ++i) {
    const std::string prefix = draw.below(2) ? "" : word(2), after = draw.below(2) ? "" : word(4);
    const std::string delimiter = std::vector<std::string>{"", "/", "a", "ab", "\xff"}[draw.below(5)];
    const size_t items_max = draw.below(6) == 0 ? 0 : 1 + draw.below(20);
    const Page want = model_page(keys, prefix, delimiter, after, items_max);
    const auto page =
        node.run(node.objects->list({bucket.id, bucket.spread, prefix, delimiter, after, "", items_max})).value();
    const Page got = real_page(page);
    ASSERT_EQ(got.items, want.items) << "prefix " << prefix << " delimiter " << delimiter << " after " << after;
    ASSERT_EQ(got.truncated, want.truncated);
    truncated += got.truncated;
  }
  EXPECT_GT(truncated, 100u);
}

TEST(Listing, PagesJoinWithoutGapOrRepeat) {
  Machine machine;
  ObjectNode node(machine);
  const BucketRef bucket = node.make_bucket("bucket");
  std::set<std::string> keys;
  for (int i = 0; i < 200; ++i) {
    const std::string key = (i % 3 == 0 ? "dir" + std::to_string(i % 7) + "/" : "") + std::to_string(i);
    ASSERT_TRUE(node.put(bucket, key, "x"));
    keys.insert(key);
  }
  for (const std::string delimiter : {"", "/"}) {
    const auto whole =
        real_page(node.run(node.objects->list({bucket.id, bucket.spread, "", delimiter, "", "", 1000})).value());
    for (const bool by_marker : {false, true}) {
      std::vector<std::string> joined;
      ListQuery query{bucket.id, bucket.spread, "", delimiter, "", "", 7};
      for (;;) {
        const auto page = node.run(node.objects->list(query)).value();
        for (auto& item : real_page(page).items) joined.push_back(item);
        if (!page.truncated) break;
        (by_marker ? query.after : query.from) = by_marker ? page.last_item : page.next_from;
      }
      EXPECT_EQ(joined, whole.items);
    }
  }
}

}  // namespace
}  // namespace garage::object
