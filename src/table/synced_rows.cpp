#include "table/synced_rows.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "runtime/loop.hpp"
#include "runtime/task_group.hpp"
#include "table/row.hpp"

namespace garage::table {
namespace {

constexpr Duration kCallTimeout = 10s;

}  // namespace

Result<Ord> SyncedRegister::version_of(std::string_view key, std::string_view value) const {
  TRY(const auto row, decode_row_view(key, value));
  return row.ord;
}

Task<Result<Reply>> SyncedRegister::ask(NodeId node, std::shared_ptr<const Request> request) {
  if (node == self_) return own_.handle(std::move(request));
  return peers_.call(node, std::move(request), runtime::Loop::current()->now() + kCallTimeout);
}

Task<Result<bool>> SyncedRegister::bring(NodeId from, NodeId to, std::string key) {
  auto read = std::make_shared<Request>();
  read->family = family();
  read->stage = placement_.stage_of(key);
  read->key = key;
  read->companions_wanted = true;
  CO_TRY(Reply held, co_await ask(from, read));
  if (held.verdict != Verdict::kDone || !held.row) co_return false;

  auto install = std::make_shared<Request>();
  install->operation = Operation::kInstall;
  install->family = family();
  install->stage = read->stage;
  install->key = key;
  install->witnessed = held.row->ord;
  install->row = std::move(held.row);
  install->companions = std::move(held.companions);
  if (held.companions_too_many) install->companions_at = from;
  CO_TRY(const Reply told, co_await ask(to, std::move(install)));
  // Refused: it may be stuck behind a promise that nobody fulfils.
  if (told.verdict != Verdict::kRefused) co_return told.verdict == Verdict::kDone;
  CO_TRY([[maybe_unused]] const auto settled, co_await rows_.settle(key, SettleOptions{told.seen, {}}));
  co_return true;
}

// What could not be brought because it has changed meanwhile is seen in the next round.
Task<Result<void>> SyncedRegister::push(NodeId to, std::string key) {
  CO_TRY([[maybe_unused]] const bool there, co_await bring(self_, to, std::move(key)));
  co_return Result<void>();
}

Task<Result<void>> SyncedRegister::pull(NodeId from, std::string key) {
  CO_TRY([[maybe_unused]] const bool there, co_await bring(from, self_, std::move(key)));
  co_return Result<void>();
}

Task<Result<void>> SyncedRegister::hand_over(std::string key, HandOverBy by) {
  if (by == HandOverBy::kLook && co_await copy_to_new(key)) co_return Result<void>();
  CO_TRY([[maybe_unused]] const auto settled, co_await rows_.settle(std::move(key), {}));
  co_return Result<void>();
}

Task<void> SyncedRegister::look_at(NodeId node, std::shared_ptr<const Request> read, Gathered* seen) {
  auto reply = co_await ask(node, read);
  // Who still accepts an earlier stage may promise what this look does not see.
  const bool counts = reply && reply->verdict == Verdict::kDone && reply->stage >= read->stage;
  if (counts) seen->granted.push_back({node, std::move(*reply)});
}

Task<Gathered> SyncedRegister::look(const ReplicaSets& sets, const std::string& key) {
  auto read = std::make_shared<Request>();
  read->family = family();
  read->stage = sets.stage;
  read->key = key;
  Gathered seen;
  runtime::TaskGroup group;
  for (const NodeId& node : union_of(sets.write)) group.spawn(look_at(node, read, &seen));
  co_await group.join();
  co_return std::move(seen);
}

Task<void> SyncedRegister::bring_into(NodeId from, NodeId to, std::string key, bool* there) {
  *there = (co_await bring(from, to, std::move(key))).value_or(false);
}

// False: a round must settle it. Why a copy is enough otherwise: docs/decisions/fenced-register.md.
Task<bool> SyncedRegister::copy_to_new(std::string key) {
  const ReplicaSets sets = placement_.sets_for(key);
  if (sets.write.size() != 2) co_return false;
  const ReplicaSet &before = sets.write[0], &after = sets.write[1];
  const Gathered seen = co_await look(sets, key);
  const Row* row = seen.highest_row();
  if (!row) co_return false;
  Gathered unfenced;
  for (const Granted& one : seen.granted) {
    if (one.reply.seen == row->ord || ablation_.promises_not_looked_at) unfenced.granted.push_back(one);
  }
  if (!unfenced.held_by_majorities(row->ord, {before})) co_return false;

  std::vector<NodeId> holders, lacking;
  for (const Granted& one : seen.granted) {
    const bool holds = one.reply.row && one.reply.row->ord == row->ord;
    if (holds) holders.push_back(one.node);
    if (!holds && std::ranges::find(after, one.node) != after.end()) lacking.push_back(one.node);
  }
  const bool own = std::ranges::find(holders, self_) != holders.end();
  const auto there = std::make_unique<bool[]>(lacking.size());
  runtime::TaskGroup group;
  for (size_t i = 0; i < lacking.size(); ++i) {
    group.spawn(bring_into(own ? self_ : holders.front(), lacking[i], key, &there[i]));
  }
  co_await group.join();

  const auto is_new = [&](const NodeId& node) { return std::ranges::find(after, node) != after.end(); };
  const auto had = static_cast<size_t>(std::ranges::count_if(holders, is_new));
  const auto got = static_cast<size_t>(std::count(there.get(), there.get() + lacking.size(), true));
  co_return had + got >= majority_of(after.size());
}

}  // namespace garage::table
