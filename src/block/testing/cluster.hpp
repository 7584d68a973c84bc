// Several nodes in one process, on one hand-driven loop, whose questions go straight to each other's services.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "block/outgoing.hpp"
#include "block/resync.hpp"
#include "block/service.hpp"
#include "block/testing/test_node.hpp"
#include "net/caller.hpp"
#include "runtime/sleep.hpp"
#include "runtime/task_group.hpp"

namespace garage::block::testing {

inline NodeId node_id(size_t index) {
  NodeId id;
  id.bytes.fill(static_cast<unsigned char>(index + 1));
  return id;
}

// Who can be asked, and what is asked of them. A node that is not `up` is as if its machine were off.
class Switchboard {
 public:
  using Answer = std::function<Task<Result<std::string>>(std::string operation, std::string payload)>;
  struct Port {
    Answer answer;
    bool up = true;
    bool silent = false;  // connected, and has not answered for a while
    Duration delay{0};
    size_t questions = 0;
    // Operations that are refused (what is in here breaks on its way there).
    std::string broken_operation;
  };
  std::map<NodeId, Port> ports;

  // What becomes of one question.
  struct Fate {
    Duration there{0}, back{0};
    bool lost_there = false, lost_back = false;
    bool late = false;  // its asker hears nothing, and it arrives long after
    Duration lateness{0};
  };
  std::function<Fate()> fate;      // empty: all arrive at once
  runtime::TaskGroup late_comers;  // joined by whoever sets `fate`
};

class DirectCaller final : public net::Caller {
 public:
  DirectCaller(Switchboard& board, NodeId self) : board_(board), self_(self) {}

  Task<Result<std::string>> call(NodeId node, std::string operation, std::string payload,
                                 net::CallOptions options) override {
    auto& port = board_.ports[node];
    ++port.questions;
    if (!is_connected(node) || !port.answer) co_return fail(ErrorKind::kUnavailable, "no connection");
    if (port.delay > Duration{0}) co_await runtime::sleep_for(port.delay);
    if (!port.broken_operation.empty() && operation == port.broken_operation) {
      co_return fail(ErrorKind::kTimeout, "the question was lost");
    }
    const Switchboard::Fate fate = board_.fate ? board_.fate() : Switchboard::Fate{};
    if (fate.late) board_.late_comers.spawn(arrive_late(board_, node, fate.lateness, operation, payload));
    if (fate.late || fate.lost_there) co_return co_await hear_nothing(options);
    if (fate.there > Duration{0}) co_await runtime::sleep_for(fate.there);
    if (!port.answer) co_return fail(ErrorKind::kUnavailable, "no connection");
    auto answer = co_await port.answer(std::move(operation), std::move(payload));
    if (fate.lost_back) co_return co_await hear_nothing(options);
    if (fate.back > Duration{0}) co_await runtime::sleep_for(fate.back);
    if (!port.up) co_return fail(ErrorKind::kUnavailable, "the connection broke");
    co_return answer;
  }
  std::vector<NodeId> nearest_first(std::vector<NodeId> nodes) const override { return nodes; }
  bool is_up(const NodeId& node) const override { return is_connected(node) && !board_.ports[node].silent; }

 private:
  bool is_connected(const NodeId& node) const {
    const auto self = board_.ports.find(self_), other = board_.ports.find(node);
    return other != board_.ports.end() && other->second.up && self != board_.ports.end() && self->second.up;
  }
  static Task<Result<std::string>> hear_nothing(net::CallOptions options) {
    co_await runtime::sleep_for(options.deadline - runtime::Loop::current()->now());
    co_return fail(ErrorKind::kTimeout, "no answer came");
  }
  static Task<void> arrive_late(Switchboard& board, NodeId node, Duration lateness, std::string operation,
                                std::string payload) {
    co_await runtime::sleep_for(lateness);
    auto& port = board.ports[node];
    if (port.up && port.answer) (void)co_await port.answer(std::move(operation), std::move(payload));
  }

  Switchboard& board_;
  const NodeId self_;
};

// Three copies of each block, on neighbours among `nodes`.
class ThreeCopies final : public BlockPlacement {
 public:
  explicit ThreeCopies(size_t nodes) : nodes_(nodes) {}
  BlockSets sets_for(const BlockHash& hash) const override {
    BlockSets sets;
    for (size_t i = 0; i < 3; ++i) sets.write.push_back(node_id((hash.bytes[0] + i) % nodes_));
    sets.read = sets.write;
    sets.write_quorum = 2;
    return sets;
  }

 private:
  const size_t nodes_;
};

// The nodes of every block, as the test says.
class SetByHand final : public BlockPlacement {
 public:
  BlockSets sets = of({0, 1, 2}, {});
  bool is_settled = true;
  static BlockSets of(std::vector<size_t> newest, std::vector<size_t> older) {
    BlockSets out;
    for (const size_t index : newest) out.write.push_back(node_id(index));
    out.read = out.write;
    for (const size_t index : older) out.read.push_back(node_id(index));
    out.write_quorum = out.write.size() / 2 + 1;
    return out;
  }
  BlockSets sets_for(const BlockHash&) const override { return sets; }
  bool settled() const override { return is_settled; }
};

}  // namespace garage::block::testing
