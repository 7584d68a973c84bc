#include "kv/persistent_map.hpp"

#include <gtest/gtest.h>

#include <map>
#include <utility>
#include <vector>

namespace garage::kv {
namespace {

TEST(PersistentMap, CopiesKeepTheirContent) {
  PersistentMap map;
  std::map<std::string, std::string> model;
  std::vector<std::pair<PersistentMap, std::map<std::string, std::string>>> snapshots;
  uint64_t state = 1;
  for (int i = 0; i < 5000; ++i) {
    state = state * 6364136223846793005 + 1442695040888963407;
    const std::string key = std::to_string((state >> 33) % 700);
    if ((state >> 20) % 3 == 0) {
      map.remove(key);
      model.erase(key);
    } else {
      map.put(key, std::to_string(i));
      model[key] = std::to_string(i);
    }
    if (i % 500 == 0) snapshots.emplace_back(map, model);
  }
  snapshots.emplace_back(map, model);
  for (const auto& [copy, rows] : snapshots) {
    EXPECT_EQ(copy.size(), rows.size());
    const auto* entry = copy.at_or_after("");
    for (const auto& [key, value] : rows) {
      ASSERT_TRUE(entry);
      EXPECT_EQ(entry->key, key);
      EXPECT_EQ(entry->value, value);
      EXPECT_EQ(copy.find(key), entry);
      EXPECT_EQ(copy.at_or_before(key + "!"), entry);
      EXPECT_EQ(copy.before(key + "!"), entry);
      entry = copy.after(key);
    }
    EXPECT_FALSE(entry);
  }
}

// Ascending keys are what a plain tree degenerates on; at this size it would overflow the stack or take minutes.
TEST(PersistentMap, StaysBalanced) {
  PersistentMap map;
  for (int i = 0; i < 100000; ++i) map.put("key" + std::to_string(1000000 + i), "");
  size_t count = 0;
  for (const auto* entry = map.at_or_after(""); entry; entry = map.after(entry->key)) ++count;
  EXPECT_EQ(count, 100000u);
}

}  // namespace
}  // namespace garage::kv
