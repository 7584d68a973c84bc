#include "block/hints.hpp"

#include <memory>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "block/count_down.hpp"
#include "block/queue_changes.hpp"
#include "block/queue_rows.hpp"
#include "runtime/pool.hpp"
#include "runtime/task_group.hpp"
#include "table/row_key.hpp"

namespace garage::block {
namespace {

constexpr Duration kCallTimeout = 30s;
constexpr Duration kRest = 60s;  // of who has no room: it would refuse the next one, too
constexpr size_t kRowsPerStep = 256, kHintsAtOnce = 32;

// Says that the node cannot be asked now, not that it does not take this hint.
bool is_away(ErrorKind kind) {
  return kind == ErrorKind::kUnavailable || kind == ErrorKind::kTimeout || kind == ErrorKind::kClosed ||
         kind == ErrorKind::kOverloaded;
}

// What the keys of one node's hints begin with.
constexpr size_t kPrefixBytes = kHintQueue.size() + NodeId::kSize;

NodeId node_of(std::string_view prefix) {
  return NodeId::from_raw(prefix.substr(kHintQueue.size())).value_or(NodeId{});
}

Result<uint64_t> count_rows(kv::Store& store) {
  uint64_t count = 0;
  auto rows = store.iterate(kv::Family::kQueue, {});
  for (rows->seek(kHintQueue); rows->valid() && rows->key().starts_with(kHintQueue); rows->next()) ++count;
  CHECK_OK(rows->status());
  return count;
}

// Of the first hint from this key on; empty: there is none.
Result<std::string> next_prefix(kv::Store& store, const std::string& from) {
  auto rows = store.iterate(kv::Family::kQueue, {});
  rows->seek(from);
  std::string prefix;
  if (rows->valid() && rows->key().starts_with(kHintQueue)) prefix = rows->key().substr(0, kPrefixBytes);
  CHECK_OK(rows->status());
  return prefix;
}

}  // namespace

Task<void> Hints::add(NodeId node, Uuid owner, std::string operation, std::string payload) {
  if (waiting_ >= kHintsMax) {
    ++dropped_;
    co_return;
  }
  const std::string key = hint_key(node, owner, env_.random.next_u64());
  auto change = std::make_shared<QueueChange>();
  change->put(key, encode_hint(key, {std::move(operation), std::move(payload)}));
  if (auto done = co_await commits_.commit(std::move(change)); !done) {
    ++dropped_;
    LOG_WARN("block", "{} will not be told of a reference: {}", node.hex(), done.error().message);
    co_return;
  }
  ++added_;
  ++waiting_;
}

Result<std::vector<Hints::Stored>> Hints::load(const std::string& prefix, const std::string& from) {
  std::vector<Stored> out;
  auto rows = store_.iterate(kv::Family::kQueue, {});
  for (rows->seek(from); rows->valid() && rows->key().substr(0, kPrefixBytes) == prefix && out.size() < kRowsPerStep;
       rows->next()) {
    auto hint = decode_hint(rows->key(), rows->value());
    // A damaged one can only be thrown away.
    out.push_back({std::string(rows->key()), hint ? hint->operation : "", hint ? hint->payload : ""});
  }
  CHECK_OK(rows->status());
  return out;
}

Task<Hints::Outcome> Hints::deliver(NodeId node, Stored hint) {
  if (hint.operation.empty()) co_return Outcome::kDone;
  const net::CallOptions options{runtime::Loop::current()->now() + kCallTimeout, net::Lane::kControl,
                                 net::Priority::kBackground};
  auto told = co_await caller_.call(node, hint.operation, std::move(hint.payload), options);
  if (told) co_return Outcome::kDone;
  const ErrorKind kind = told.error().kind;
  if (is_away(kind)) co_return Outcome::kNobodyThere;
  if (kind == ErrorKind::kNoSpace) co_return Outcome::kNoSpace;
  const bool pointless = kind == ErrorKind::kInvalid || kind == ErrorKind::kCorrupt || kind == ErrorKind::kUnsupported;
  if (!pointless) co_return Outcome::kLater;
  LOG_WARN("block", "{} does not take a hint: {}", node.hex(), told.error().message);
  co_return Outcome::kDone;
}

bool Hints::listens(const NodeId& node) {
  const auto rest = resting_.find(node);
  if (rest != resting_.end() && runtime::Loop::current()->now() < rest->second) return false;
  if (rest != resting_.end()) resting_.erase(rest);
  return caller_.is_up(node);
}

struct Hints::Step {
  const NodeId node;
  std::shared_ptr<QueueChange> change = std::make_shared<QueueChange>();
  size_t done = 0, left = 0;
  bool away = false;
};

Task<void> Hints::handle(Step& step, Stored hint) {
  const std::string key = hint.key;
  switch (co_await deliver(step.node, std::move(hint))) {
    case Outcome::kDone:
      step.change->remove(key);
      ++step.done;
      break;
    case Outcome::kLater:
      ++step.left;
      break;
    case Outcome::kNoSpace:
      resting_[step.node] = runtime::Loop::current()->now() + kRest;
      step.away = true;
      break;
    case Outcome::kNobodyThere:
      step.away = true;
  }
}

Task<Result<void>> Hints::tell(std::string prefix, Pass& pass) {
  const NodeId node = node_of(prefix);
  const bool is_member = is_member_(node);
  std::string from = prefix;
  for (bool away = false; !away;) {
    CO_TRY(auto rows, co_await runtime::run_on(env_.pools.disk, [this, &prefix, &from] { return load(prefix, from); }));
    if (rows.empty()) break;
    from = rows.back().key + '\0';
    Step step{node};
    runtime::TaskGroup group;
    for (Stored& row : rows) {
      if (!is_member) row.operation.clear();  // has nothing to be told any more
      step.away = step.away || (is_member && !listens(node));
      if (step.away) break;
      group.spawn(handle(step, std::move(row)));
      co_await group.below(kHintsAtOnce);
    }
    co_await group.join();
    away = step.away;
    pass.left += step.left;
    if (away) pass.saw_all = false;
    if (step.change->empty()) continue;
    CO_CHECK_OK(co_await commits_.commit(std::move(step.change)));
    pass.done += step.done;
    count_down(waiting_, step.done);
  }
  co_return Result<void>();
}

Task<Result<size_t>> Hints::replay_once() {
  if (!counted_) {
    const uint64_t own = waiting_;
    CO_TRY(const uint64_t there, co_await runtime::run_on(env_.pools.disk, [this] { return count_rows(store_); }));
    if (there > own) waiting_ += there - own;
    counted_ = true;
  }
  const uint64_t added = added_;
  Pass pass;
  std::string from(kHintQueue);
  for (;;) {
    CO_TRY(const std::string prefix,
           co_await runtime::run_on(env_.pools.disk, [this, &from] { return next_prefix(store_, from); }));
    if (prefix.empty()) break;
    const NodeId node = node_of(prefix);
    if (is_member_(node) && !listens(node)) {
      // There may be very many, and they have to wait: nothing of them is read.
      pass.saw_all = false;
    } else {
      CO_CHECK_OK(co_await tell(prefix, pass));
    }
    from = table::prefix_end(prefix);
  }
  // What came and went while rows were counted makes the number wrong by a few; a quiet pass puts it right.
  if (pass.saw_all && added == added_) waiting_ = pass.left;
  co_return pass.done;
}

}  // namespace garage::block
