// The duty that brings hints to their nodes once these are up again, and forgets those of nodes that keep the row no
// more.
//
// Ownership: borrows everything; tables are added before start(). Threads: one loop.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>

#include "net/caller.hpp"
#include "net/refusal.hpp"
#include "runtime/pool.hpp"
#include "runtime/task_group.hpp"
#include "table/hints.hpp"
#include "table/peers.hpp"
#include "table/placement.hpp"
#include "table/register.hpp"

namespace garage::table {

class HintReplayer {
 public:
  HintReplayer(Hints& hints, Peers& peers, const net::Caller& caller, runtime::Pool& disk)
      : hints_(hints), peers_(peers), caller_(caller), disk_(disk) {}
  // `rows` settles what a node refuses.
  void add(kv::Family family, Placement& placement, Register& rows) {
    tables_[static_cast<size_t>(family)] = {&placement, &rows};
  }

  void start();
  Task<void> stop();
  // One pass over all nodes that have hints: everything for those that are up.
  Task<Result<void>> run_once();

  uint64_t delivered() const { return delivered_; }

 private:
  struct Table {
    Placement* placement = nullptr;
    Register* rows = nullptr;
  };
  struct Visit {
    NodeId node;
    net::Reception reception = {};
  };

  Task<void> run();
  Task<Result<void>> visit(NodeId node);
  Task<void> handle(Visit& visit, Hints::Stored hint);
  // Nothing: it is done with.
  Task<std::optional<net::Refusal>> deliver(NodeId node, Hints::Stored hint);
  Task<std::optional<net::Refusal>> settle(const Table& table, std::string key, Ord above);
  bool keeps(const NodeId& node, const Request& install) const;

  Hints& hints_;
  Peers& peers_;
  const net::Caller& caller_;
  runtime::Pool& disk_;
  std::array<Table, kv::kFamilyCount> tables_{};
  std::map<NodeId, MonotonicTime> walked_;  // nodes that are down: when their hints were last looked through
  net::RestingNodes resting_;
  std::map<NodeId, std::string> ended_at_;  // where the last visit ended early: the next one goes on behind it
  uint64_t delivered_ = 0;
  bool stopping_ = false;
  runtime::TaskGroup duty_;
};

}  // namespace garage::table
