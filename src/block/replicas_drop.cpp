// Letting an owner's references go on all holders.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "block/replicas.hpp"
#include "runtime/signal.hpp"

namespace garage::block {

struct Replicas::DropRound {
  std::map<NodeId, bool> taken;  // by all messages so far
  size_t running = 0;
  runtime::Signal changed;
};

Task<void> Replicas::drop_into(Replicas& replicas, std::shared_ptr<DropRound> round, NodeId node, DropMessage message) {
  const bool taken = (co_await replicas.drop_at(node, std::move(message))).has_value();
  round->taken[node] = round->taken[node] && taken;
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
    round->taken[node] = true;
    DropMessage message{owner, judged, {}};
    for (const BlockHash& hash : wanted) {
      message.hashes.push_back(hash);
      if (message.hashes.size() < options_.hashes_per_message) continue;
      messages.emplace(node, std::exchange(message, {owner, judged, {}}));
    }
    if (!message.hashes.empty()) messages.emplace(node, std::move(message));
  }
  round->running = messages.size();
  for (const auto& [node, message] : messages) detached_.spawn(drop_into(*this, round, node, message));
  while (round->running > 0) co_await round->changed.wait();

  for (const BlockHash& hash : hashes) {
    const BlockSets sets = placement_.sets_for(hash);
    const auto taken = std::ranges::count_if(sets.write, [&round](const NodeId& node) { return round->taken[node]; });
    if (static_cast<size_t>(taken) < sets.write_quorum) {
      co_return fail(ErrorKind::kUnavailable, "too few holders of a block could be told");
    }
  }
  for (const auto& [node, message] : messages) {
    if (!round->taken[node]) co_await hints_.add(node, owner, std::string(kDropOperation), encode_drop(message));
  }
  co_return Result<void>();
}

}  // namespace garage::block
