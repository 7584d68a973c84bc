// Letting an owner's references go on all holders.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "block/impatience.hpp"
#include "block/replicas.hpp"
#include "runtime/signal.hpp"

namespace garage::block {
namespace {

// Once enough have taken it: whoever has not by then is told later, so that a slow one holds up nobody.
constexpr Duration kPatience = 1s;

}  // namespace

// Shared with the calls, some of which outlive the drop.
struct Replicas::DropRound {
  std::map<NodeId, size_t> not_taken;  // messages
  size_t running = 0;
  bool impatient = false;
  runtime::Signal changed;
};

Task<void> Replicas::drop_into(Replicas& replicas, std::shared_ptr<DropRound> round, NodeId node, DropMessage message) {
  if (co_await replicas.drop_at(node, std::move(message))) --round->not_taken[node];
  --round->running;
  round->changed.notify_all();
}

Task<Result<void>> Replicas::drop(Uuid owner, std::vector<BlockHash> hashes, Ord judged) {
  std::map<NodeId, std::set<BlockHash>> holders;
  for (const BlockHash& hash : hashes) {
    const BlockSets sets = placement_.sets_for(hash);
    for (const NodeId& node : sets.write) holders[node].insert(hash);
    for (const NodeId& node : sets.read) holders[node].insert(hash);
  }
  // A holder of earlier days lets go of what it has not handed over yet.
  if (own_ != nullptr && !holders.contains(self_)) {
    for (const BlockHash& hash : hashes) {
      const auto reference = co_await own_->reference({hash, owner});
      if (reference && *reference) holders[self_].insert(hash);
    }
  }
  auto round = std::make_shared<DropRound>();
  std::multimap<NodeId, DropMessage> messages;
  for (const auto& [node, wanted] : holders) {
    DropMessage message{owner, judged, {}};
    for (const BlockHash& hash : wanted) {
      message.hashes.push_back(hash);
      if (message.hashes.size() < options_.hashes_per_message) continue;
      messages.emplace(node, std::exchange(message, {owner, judged, {}}));
    }
    if (!message.hashes.empty()) messages.emplace(node, std::move(message));
  }
  round->running = messages.size();
  for (const auto& [node, message] : messages) ++round->not_taken[node];
  for (const auto& [node, message] : messages) detached_.spawn(drop_into(*this, round, node, message));
  const auto by_quorums = [this, &hashes, &round] {
    return std::ranges::all_of(hashes, [&](const BlockHash& hash) {
      const BlockSets sets = placement_.sets_for(hash);
      // Who has become a holder meanwhile has not been asked.
      const auto taken = std::ranges::count_if(sets.write, [&round](const NodeId& node) {
        const auto asked = round->not_taken.find(node);
        return asked != round->not_taken.end() && asked->second == 0;
      });
      return static_cast<size_t>(taken) >= sets.write_quorum;
    });
  };
  const runtime::TimerId timer = lose_patience_after(kPatience, round);
  while (round->running > 0 && !(round->impatient && by_quorums())) co_await round->changed.wait();
  runtime::Loop::current()->cancel(timer);

  if (!by_quorums()) co_return fail(ErrorKind::kUnavailable, "too few holders of a block could be told");
  const auto not_taken = round->not_taken;  // as of now: some may still take it
  for (const auto& [node, message] : messages) {
    if (not_taken.at(node) > 0) co_await hints_.add(node, owner, std::string(kDropOperation), encode_drop(message));
  }
  co_return Result<void>();
}

}  // namespace garage::block
