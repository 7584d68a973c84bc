// Random operations on a Store beside std::map, for the conformance suite. Every answer is compared. Test code.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <iterator>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kv/store.hpp"

namespace garage::kv {

class StoreModel {
 public:
  explicit StoreModel(uint64_t seed) : state_(seed) {}

  // One random batch or read.
  void step(Store& store) {
    switch (below(8)) {
      case 0:
      case 1:
      case 2:
        return write(store);
      case 3:
        return get(store);
      case 4:
        return multi_get(store);
      case 5:
        return walk(store);
      case 6:
        return open_cursor(store);
      default:
        return move_cursor();
    }
  }

  void check_all(Store& store) {
    for (size_t f = 0; f < kFamilyCount; ++f) {
      auto it = store.iterate(static_cast<Family>(f), {});
      it->seek("");
      for (const auto& [key, value] : rows_[f]) {
        ASSERT_TRUE(it->valid());
        ASSERT_EQ(it->key(), key);
        ASSERT_EQ(it->value(), value);
        it->next();
      }
      ASSERT_FALSE(it->valid());
    }
  }

  void drop_cursors() { cursors_.clear(); }

 private:
  using Rows = std::map<std::string, std::string>;
  struct Cursor {
    std::unique_ptr<Iterator> real;
    Rows rows;          // what lies inside the bounds, as it was
    Rows::iterator at;  // set once the cursor has its place in memory
  };

  size_t below(size_t bound) {
    state_ += 0x9e3779b97f4a7c15;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return static_cast<size_t>(((z ^ (z >> 31)) >> 16) % bound);
  }
  // Few and short, with zero and high bytes, so that neighbours, prefixes and repetitions are common.
  std::string key() {
    static constexpr std::array<char, 4> kBytes{'\0', 'a', 'b', '\xff'};
    std::string out;
    for (uint64_t n = below(5); n > 0; --n) out += kBytes[below(kBytes.size())];
    return out;
  }
  Family family() { return static_cast<Family>(below(3) * 4); }
  Rows& rows(Family f) { return rows_[static_cast<size_t>(f)]; }
  std::optional<std::string> expected(Family f, const std::string& k) {
    const auto it = rows(f).find(k);
    return it == rows(f).end() ? std::nullopt : std::optional(it->second);
  }

  void write(Store& store) {
    Batch batch;
    for (uint64_t n = below(6); n > 0; --n) {
      const Family f = family();
      const std::string k = key();
      if (below(3) == 0) {
        batch.remove(f, k);
        rows(f).erase(k);
      } else {
        const std::string v(below(40), static_cast<char>(below(256)));
        batch.put(f, k, v);
        rows(f)[k] = v;
      }
    }
    const auto written = store.write(batch, below(20) == 0 ? Durability::kSynced : Durability::kRelaxed);
    ASSERT_TRUE(written) << written.error().message;
  }

  void get(Store& store) {
    const Family f = family();
    const std::string k = key();
    const auto got = store.get(f, k);
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(*got, expected(f, k));
    const auto cached = store.get_if_cached(f, k);
    ASSERT_TRUE(cached) << cached.error().message;
    if (*cached) {
      EXPECT_EQ(**cached, expected(f, k));
    }
  }

  void multi_get(Store& store) {
    std::vector<Key> keys(below(12));
    for (Key& k : keys) k = {family(), key()};
    const auto got = store.multi_get(keys);
    ASSERT_EQ(got.size(), keys.size());
    for (size_t i = 0; i < keys.size(); ++i) {
      ASSERT_TRUE(got[i]) << got[i].error().message;
      EXPECT_EQ(*got[i], expected(keys[i].family, keys[i].bytes));
    }
  }

  Cursor make_cursor(Store& store) {
    const Family f = family();
    IterateOptions options;
    if (below(2) == 0) options.lower_bound = key();
    if (below(2) == 0) options.upper_bound = key();
    Rows inside;
    for (const auto& row : rows(f)) {
      if (row.first < options.lower_bound) continue;
      if (!options.upper_bound.empty() && row.first >= options.upper_bound) continue;
      inside.insert(row);
    }
    return {store.iterate(f, options), std::move(inside), {}};
  }

  void walk(Store& store) {
    Cursor cursor = make_cursor(store);
    const std::string from = key();
    const bool up = below(2) == 0;
    if (up) {
      cursor.at = cursor.rows.lower_bound(from);
      cursor.real->seek(from);
    } else {
      cursor.at = before(cursor.rows, cursor.rows.upper_bound(from));
      cursor.real->seek_last(from);
    }
    for (;;) {
      compare(cursor);
      if (testing::Test::HasFailure() || cursor.at == cursor.rows.end()) return;
      step_cursor(cursor, up);
    }
  }

  void open_cursor(Store& store) {
    if (cursors_.size() >= 8) cursors_.pop_front();
    cursors_.push_back(make_cursor(store));
    Cursor& cursor = cursors_.back();
    cursor.at = cursor.rows.lower_bound("");
    cursor.real->seek("");
    compare(cursor);
  }

  void move_cursor() {
    if (cursors_.empty()) return;
    Cursor& cursor = *std::next(cursors_.begin(), static_cast<ptrdiff_t>(below(cursors_.size())));
    if (cursor.at == cursor.rows.end()) {
      const std::string from = key();
      cursor.at = cursor.rows.lower_bound(from);
      cursor.real->seek(from);
    } else {
      step_cursor(cursor, below(2) == 0);
    }
    compare(cursor);
  }

  static Rows::iterator before(Rows& rows, Rows::iterator it) {
    return it == rows.begin() ? rows.end() : std::prev(it);
  }

  static void step_cursor(Cursor& cursor, bool up) {
    if (up) {
      ++cursor.at;
      cursor.real->next();
    } else {
      cursor.at = before(cursor.rows, cursor.at);
      cursor.real->previous();
    }
  }

  static void compare(const Cursor& cursor) {
    ASSERT_TRUE(cursor.real->status());
    ASSERT_EQ(cursor.real->valid(), cursor.at != cursor.rows.end());
    if (!cursor.real->valid()) return;
    ASSERT_EQ(cursor.real->key(), cursor.at->first);
    ASSERT_EQ(cursor.real->value(), cursor.at->second);
  }

  uint64_t state_;
  std::array<Rows, kFamilyCount> rows_;
  std::list<Cursor> cursors_;  // a list, since the end of a map does not survive a move
};

}  // namespace garage::kv
