#include "table/hand_over.hpp"

#include <algorithm>
#include <utility>

#include "runtime/task_group.hpp"

namespace garage::table {
namespace {

constexpr size_t kRowsAtOnce = 64;

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

Task<Result<void>> HandOver::run(HandOverBy by) {
  for (const Turn turn : {Turn::kFirst, Turn::kOther}) {
    for (const Table table : tables_) CO_CHECK_OK(co_await run_table(table, turn, by));
  }
  co_return Result<void>();
}

Task<Result<void>> HandOver::run_table(Table table, Turn turn, HandOverBy by) {
  const kv::Family family = table.rows->family();
  std::string from;
  for (;;) {
    CO_TRY(const auto keys, co_await runtime::run_on(disk_, [&] { return read_keys(store_, family, from); }));
    if (keys.empty()) co_return Result<void>();
    if (stopping_) co_return fail(ErrorKind::kClosed, "the node stops");
    std::vector<Result<void>> outcomes(keys.size());
    runtime::TaskGroup group;
    for (size_t i = 0; i < keys.size(); ++i) {
      if (is_mine(table, keys[i], turn)) group.spawn(hand_over_row(table, keys[i], by, &outcomes[i]));
    }
    co_await group.join();
    for (auto& outcome : outcomes) CO_CHECK_OK(std::move(outcome));
    from = keys.back() + '\0';
  }
}

bool HandOver::is_mine(Table table, std::string_view key, Turn turn) const {
  const auto sets = table.placement->sets_for(key);
  if (sets.write.size() < 2) return false;  // stays where it is
  const ReplicaSet& before = sets.write.front();
  const auto self = std::ranges::find(before, self_);
  return self != before.end() && (self == before.begin()) == (turn == Turn::kFirst);
}

Task<void> HandOver::hand_over_row(Table table, std::string key, HandOverBy by, Result<void>* outcome) {
  *outcome = co_await table.rows->hand_over(std::move(key), by);
}

}  // namespace garage::table
