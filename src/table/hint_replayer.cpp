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
    if (up) {
      walked_.erase(node);
    } else {
      walked_[node] = now;
    }
    CO_CHECK_OK(co_await visit(node));
  }
  co_return Result<void>();
}

// A node that is down is walked through, too: hints that it should not get any more are forgotten.
Task<Result<void>> HintReplayer::visit(NodeId node) {
  std::string behind;
  bool failed = false;
  while (!failed && !stopping_) {
    std::vector<std::string> damaged;
    CO_TRY(auto some,
           co_await runtime::run_on(disk_, [&] { return hints_.read(node, behind, kHintsAtOnce, damaged); }));
    for (std::string& key : damaged) CO_CHECK_OK(co_await hints_.remove(node, std::move(key), {}));
    if (some.empty()) break;
    behind = some.back().key;
    runtime::TaskGroup group;
    for (Hints::Stored& hint : some) group.spawn(handle(node, std::move(hint), failed));
    co_await group.join();
  }
  co_return Result<void>();
}

Task<void> HintReplayer::handle(NodeId node, Hints::Stored hint, bool& failed) {
  const bool wanted = keeps(node, hint.install);
  if (wanted && !caller_.is_up(node)) co_return;
  const std::string key = hint.key;
  const std::string value = hint.value;
  if (wanted && co_await deliver(node, std::move(hint)) == Fate::kKeep) {
    failed = true;
    co_return;
  }
  auto removed = co_await hints_.remove(node, key, value);
  failed = failed || !removed;
}

bool HintReplayer::keeps(const NodeId& node, const Request& install) const {
  const Table& table = tables_[static_cast<size_t>(install.family)];
  if (!table.placement) return false;
  const ReplicaSet keepers = union_of(table.placement->sets_for(install.key).write);
  return std::find(keepers.begin(), keepers.end(), node) != keepers.end();
}

Task<HintReplayer::Fate> HintReplayer::deliver(NodeId node, Hints::Stored hint) {
  const Table& table = tables_[static_cast<size_t>(hint.install.family)];
  auto request = std::make_shared<Request>(std::move(hint.install));
  request->stage = table.placement->stage_of(request->key);
  request->witnessed = request->row->ord;  // a quorum has it
  request->purpose = Purpose::kRepair;
  auto reply = co_await peers_.call(node, request, runtime::Loop::current()->now() + kCallTimeout);
  if (!reply) co_return Fate::kKeep;
  switch (reply->verdict) {
    case Verdict::kDone:
      ++delivered_;
      co_return Fate::kRemove;
    case Verdict::kRefused: {
      // It may be stuck behind a promise that nobody fulfils.
      auto settled = co_await table.rows->settle(request->key, SettleOptions{reply->seen, {}});
      co_return settled ? Fate::kRemove : Fate::kKeep;
    }
    default:
      co_return Fate::kKeep;
  }
}

}  // namespace garage::table
