#include "block/hints.hpp"

#include <memory>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "block/count_down.hpp"
#include "block/peer_messages.hpp"
#include "block/queue_changes.hpp"
#include "block/queue_rows.hpp"
#include "runtime/pool.hpp"
#include "runtime/task_group.hpp"
#include "table/row_key.hpp"

namespace garage::block {
namespace {

constexpr Duration kCallTimeout = 30s;
constexpr size_t kRowsPerStep = 256, kHintsAtOnce = 32;

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

struct Hints::Visit {
  const NodeId node;
  std::shared_ptr<QueueChange> change;
  size_t done = 0;
  net::Reception reception = {};
};

// True if it is done with.
Task<bool> Hints::deliver(Visit& visit, std::string operation, std::string payload) {
  if (operation.empty()) co_return true;
  const net::CallOptions options{runtime::Loop::current()->now() + kCallTimeout, net::Lane::kControl,
                                 net::Priority::kBackground};
  const auto told = co_await caller_.call(visit.node, std::move(operation), std::move(payload), options);
  if (told) co_return true;
  const ErrorKind kind = told.error().kind;
  visit.reception.note(net::refusal_of(kind));
  const bool pointless = kind == ErrorKind::kInvalid || kind == ErrorKind::kCorrupt || kind == ErrorKind::kUnsupported;
  if (pointless) LOG_WARN("block", "{} does not take a hint: {}", visit.node.hex(), told.error().message);
  co_return pointless;
}

Task<void> Hints::handle(Visit& visit, Pass& pass, Stored hint) {
  const std::string key = hint.key;
  const bool done = co_await deliver(visit, std::move(hint.operation), std::move(hint.payload));
  if (done) {
    visit.change->remove(key);
    ++visit.done;
  } else {
    ++pass.left;
  }
}

// Who has no room is told what gives some.
Task<Result<void>> Hints::tell(std::string prefix, Pass& pass) {
  Visit visit{.node = node_of(prefix), .change = {}};
  const bool is_member = is_member_(visit.node);
  std::string from = prefix;
  while (!visit.reception.has_ended()) {
    CO_TRY(auto rows, co_await runtime::run_on(env_.pools.disk, [this, &prefix, &from] { return load(prefix, from); }));
    if (rows.empty()) break;
    from = rows.back().key + '\0';
    visit.change = std::make_shared<QueueChange>();
    visit.done = 0;
    runtime::TaskGroup group;
    for (Stored& row : rows) {
      if (!is_member) row.operation.clear();  // has nothing to be told any more
      if (is_member && !caller_.is_up(visit.node)) visit.reception.end();
      if (visit.reception.has_ended()) break;
      if (visit.reception.is_full() && !row.operation.empty() && row.operation != kDropOperation) {
        ++pass.left;
        continue;
      }
      group.spawn(handle(visit, pass, std::move(row)));
      co_await group.below(kHintsAtOnce);
    }
    co_await group.join();
    if (visit.change->empty()) continue;
    CO_CHECK_OK(co_await commits_.commit(std::move(visit.change)));
    pass.done += visit.done;
    count_down(waiting_, visit.done);
  }
  if (visit.reception.has_ended()) pass.saw_all = false;
  if (visit.reception.wants_rest()) resting_.rest(visit.node);
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
    if (is_member_(node) && (resting_.rests(node) || !caller_.is_up(node))) {
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
