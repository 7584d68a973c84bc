#include "block/hints.hpp"

#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "block/queue_changes.hpp"
#include "block/queue_rows.hpp"
#include "runtime/pool.hpp"

namespace garage::block {
namespace {

constexpr Duration kCallTimeout = 30s;
constexpr size_t kRowsPerStep = 256;

// Says that the node cannot be asked now, not that it does not take this hint.
bool is_away(ErrorKind kind) {
  return kind == ErrorKind::kUnavailable || kind == ErrorKind::kTimeout || kind == ErrorKind::kClosed ||
         kind == ErrorKind::kOverloaded;
}

NodeId node_of(std::string_view key) {
  return NodeId::from_raw(key.substr(kHintQueue.size(), NodeId::kSize)).value_or(NodeId{});
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
  ++waiting_;
}

Result<std::vector<Hints::Stored>> Hints::load(const std::string& from, size_t rows_max) {
  std::vector<Stored> out;
  auto rows = store_.iterate(kv::Family::kQueue, {});
  for (rows->seek(from); rows->valid() && rows->key().starts_with(kHintQueue) && out.size() < rows_max; rows->next()) {
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
  const bool pointless = kind == ErrorKind::kInvalid || kind == ErrorKind::kCorrupt || kind == ErrorKind::kUnsupported;
  if (!pointless) co_return Outcome::kLater;
  LOG_WARN("block", "{} does not take a hint: {}", node.hex(), told.error().message);
  co_return Outcome::kDone;
}

Task<Result<size_t>> Hints::replay_once() {
  size_t done = 0, left = 0;
  std::set<NodeId> away;
  std::string from(kHintQueue);
  for (;;) {
    CO_TRY(auto rows, co_await runtime::run_on(env_.pools.disk, [this, &from] { return load(from, kRowsPerStep); }));
    if (rows.empty()) break;
    from = rows.back().key + '\0';
    auto change = std::make_shared<QueueChange>();
    for (Stored& row : rows) {
      const NodeId node = node_of(row.key);
      const std::string key = row.key;
      const bool member = is_member_(node);
      if (member && (away.contains(node) || !caller_.is_up(node))) {
        ++left;
        continue;
      }
      Outcome outcome = Outcome::kDone;
      if (member) outcome = co_await deliver(node, std::move(row));
      if (outcome == Outcome::kNobodyThere) away.insert(node);
      if (outcome != Outcome::kDone) {
        ++left;
        continue;
      }
      change->remove(key);
      ++done;
    }
    if (!change->empty()) CO_CHECK_OK(co_await commits_.commit(std::move(change)));
  }
  waiting_ = left;
  co_return done;
}

}  // namespace garage::block
