#include "table/hint_replayer.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/log.hpp"
#include "runtime/nap.hpp"
#include "table/gather.hpp"

namespace garage::table {
namespace {

constexpr Duration kPassInterval = 2s;
constexpr Duration kCallTimeout = 10s;
constexpr Duration kWalkInterval = 600s;  // through the hints of a node that is down
constexpr size_t kHintsAtOnce = 32;

}  // namespace

void HintReplayer::start() {
  duty_.spawn(run());
}

Task<void> HintReplayer::stop() {
  stopping_ = true;
  co_await duty_.join();
}

Task<void> HintReplayer::run() {
  while (!stopping_) {
    if (auto done = co_await run_once(); !done) LOG_WARN("table", "hints: {}", done.error().message);
    co_await runtime::nap(kPassInterval, [this] { return stopping_; });
  }
}

Task<Result<void>> HintReplayer::run_once() {
  for (const NodeId& node : hints_.nodes()) {
    if (stopping_) break;
    const bool up = caller_.is_up(node);
    const MonotonicTime now = runtime::Loop::current()->now();
    const auto walked = walked_.find(node);
    if (!up && walked != walked_.end() && now - walked->second < kWalkInterval) continue;
    if (resting_.rests(node)) continue;
    if (up) {
      walked_.erase(node);
    } else {
      walked_[node] = now;
    }
    CO_CHECK_OK(co_await visit(node));
  }
  co_return Result<void>();
}

// A node that is down is walked through, too: hints that it should not get any more are forgotten. One that cannot be
// delivered, whatever the reason, keeps no others from it for long.
Task<Result<void>> HintReplayer::visit(NodeId node) {
  std::string begin;
  if (const auto at = ended_at_.extract(node)) begin = at.mapped();
  std::string behind = begin;
  Visit visit{node};
  bool again = begin.empty();  // from the first one on
  while (!visit.reception.has_ended() && !stopping_) {
    std::vector<std::string> damaged;
    CO_TRY(auto some,
           co_await runtime::run_on(disk_, [&] { return hints_.read(node, behind, kHintsAtOnce, damaged); }));
    for (std::string& key : damaged) CO_CHECK_OK(co_await hints_.remove(node, std::move(key), {}));
    if (some.empty() || (again && !begin.empty() && begin <= behind)) {
      if (std::exchange(again, true)) break;
      behind.clear();
      continue;
    }
    behind = some.back().key;
    runtime::TaskGroup group;
    for (Hints::Stored& hint : some) group.spawn(handle(visit, std::move(hint)));
    co_await group.join();
  }
  if (visit.reception.has_ended()) ended_at_[node] = std::move(behind);
  if (visit.reception.wants_rest()) resting_.rest(node);
  co_return Result<void>();
}

Task<void> HintReplayer::handle(Visit& visit, Hints::Stored hint) {
  const NodeId node = visit.node;
  const bool wanted = keeps(node, hint.install);
  if (wanted && !caller_.is_up(node)) co_return;
  if (wanted && visit.reception.is_full() && (hint.install.adds || !hint.install.companions.empty())) co_return;
  const std::string key = hint.key;
  const std::string value = hint.value;
  if (wanted) {
    if (const auto refusal = co_await deliver(node, std::move(hint))) {
      visit.reception.note(*refusal);
      co_return;
    }
  }
  const auto removed = co_await hints_.remove(node, key, value);
  if (!removed) visit.reception.end();
}

bool HintReplayer::keeps(const NodeId& node, const Request& install) const {
  const Table& table = tables_[static_cast<size_t>(install.family)];
  if (!table.placement) return false;
  const ReplicaSet keepers = union_of(table.placement->sets_for(install.key).write);
  return std::find(keepers.begin(), keepers.end(), node) != keepers.end();
}

Task<std::optional<net::Refusal>> HintReplayer::deliver(NodeId node, Hints::Stored hint) {
  const Table& table = tables_[static_cast<size_t>(hint.install.family)];
  auto request = std::make_shared<Request>(std::move(hint.install));
  request->stage = table.placement->stage_of(request->key);
  request->witnessed = request->row->ord;  // a quorum has it
  request->purpose = Purpose::kRepair;
  auto reply = co_await peers_.call(node, request, runtime::Loop::current()->now() + kCallTimeout);
  if (!reply) {
    const ErrorKind kind = reply.error().kind;
    // What lies beside the row is to be fetched from a node that has it no more: the row was replaced, or has moved.
    if (kind == ErrorKind::kNotFound) co_return co_await settle(table, request->key, request->row->ord);
    co_return net::refusal_of(kind);
  }
  switch (reply->verdict) {
    case Verdict::kDone:
      ++delivered_;
      co_return std::nullopt;
    case Verdict::kRefused:
      // It may be stuck behind a promise that nobody fulfils.
      co_return co_await settle(table, request->key, reply->seen);
    default:
      co_return net::Refusal::kOfRequest;
  }
}

// By a round to all who keep the row.
Task<std::optional<net::Refusal>> HintReplayer::settle(const Table& table, std::string key, Ord above) {
  const auto settled = co_await table.rows->settle(std::move(key), SettleOptions{above, {}});
  if (settled) co_return std::nullopt;
  const bool away = net::refusal_of(settled.error().kind) == net::Refusal::kAway;
  co_return away ? net::Refusal::kAway : net::Refusal::kOfRequest;
}

}  // namespace garage::table
