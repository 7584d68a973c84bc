#include "table/hand_over.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/task_group.hpp"

namespace garage::table {
namespace {

constexpr size_t kRowsAtOnce = 64;
constexpr size_t kLeftMax = 4096;  // rows that are left to be tried again; no new ones are, where it is so many

Result<std::vector<std::string>> read_keys(kv::Store& store, kv::Family family, const std::string& from) {
  std::vector<std::string> keys;
  auto iterator = store.iterate(family, {});
  for (iterator->seek(from); iterator->valid() && keys.size() < kRowsAtOnce; iterator->next()) {
    keys.emplace_back(iterator->key());
  }
  CHECK_OK(iterator->status());
  return keys;
}

}  // namespace

Task<Result<void>> HandOver::run(uint64_t version, HandOverBy by) {
  if (walk_.version != version || walk_.by != by) walk_ = {.version = version, .by = by};
  size_t again = walk_.left.size();
  bool goes_on = true;
  while (goes_on && walk_.step < 2 * tables_.size() && walk_.left.size() < kLeftMax) {
    if (stopping_) co_return fail(ErrorKind::kClosed, "the node stops");
    CO_TRY(auto rows, co_await next_rows());
    goes_on = co_await hand_over(std::move(rows));
  }
  while (goes_on && again > 0) {
    if (stopping_) co_return fail(ErrorKind::kClosed, "the node stops");
    std::vector<Item> rows;
    for (; again > 0 && rows.size() < kRowsAtOnce; --again) {
      rows.push_back(std::move(walk_.left.front()));
      walk_.left.pop_front();
    }
    goes_on = co_await hand_over(std::move(rows));
  }
  if (walk_.left.empty()) co_return Result<void>();
  const Error& first = walk_.left.front().outcome.error();
  co_return fail(first.kind, fmt::format("{} rows cannot be handed over yet, the first of them because {}",
                                         walk_.left.size(), first.message));
}

// Of the walk; none where a table ends.
Task<Result<std::vector<HandOver::Item>>> HandOver::next_rows() {
  const size_t index = walk_.step % tables_.size();
  const Table table = tables_[index];
  const Turn turn = walk_.step < tables_.size() ? Turn::kFirst : Turn::kOther;
  const kv::Family family = table.rows->family();
  CO_TRY(auto keys, co_await runtime::run_on(disk_, [&] { return read_keys(store_, family, walk_.from); }));
  std::vector<Item> rows;
  if (keys.empty()) {
    ++walk_.step;
    walk_.from.clear();
    co_return std::move(rows);
  }
  walk_.from = keys.back() + '\0';
  for (std::string& key : keys) {
    if (is_mine(table, key, turn)) rows.push_back({.table = index, .key = std::move(key)});
  }
  co_return std::move(rows);
}

Task<bool> HandOver::hand_over(std::vector<Item> rows) {
  runtime::TaskGroup group;
  for (Item& row : rows) group.spawn(hand_over_row(tables_[row.table], walk_.by, &row));
  co_await group.join();
  const size_t tried = rows.size();
  std::erase_if(rows, [](const Item& row) { return row.outcome.has_value(); });
  for (Item& row : rows) walk_.left.push_back(std::move(row));
  co_return 2 * rows.size() <= tried;
}

bool HandOver::is_mine(Table table, std::string_view key, Turn turn) const {
  const auto sets = table.placement->sets_for(key);
  if (sets.write.size() < 2) return false;  // stays where it is
  const ReplicaSet& before = sets.write.front();
  const auto self = std::ranges::find(before, self_);
  return self != before.end() && (self == before.begin()) == (turn == Turn::kFirst);
}

Task<void> HandOver::hand_over_row(Table table, HandOverBy by, Item* row) {
  row->outcome = co_await table.rows->hand_over(row->key, by);
}

}  // namespace garage::table
