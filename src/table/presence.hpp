// Both sides of the question which rows a node has (presence_messages.hpp).
//
// Ownership: borrows everything; schemas are added before the first request. Threads: any loop; the work is done on the
// disk pool.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "net/caller.hpp"
#include "runtime/pool.hpp"
#include "table/answerer.hpp"
#include "table/placement.hpp"
#include "table/presence_messages.hpp"
#include "table/register.hpp"

namespace garage::table {

// The answering side, for kPresenceOperation.
class PresenceReplica final : public Answerer {
 public:
  PresenceReplica(kv::Store& store, runtime::Pool& disk) : store_(store), disk_(disk) {}
  void add(Schema& schema, Placement& placement) {
    tables_[static_cast<size_t>(schema.family())] = {&schema, &placement};
  }
  Task<Result<std::string>> answer(std::string payload) override;

 private:
  struct Table {
    Schema* schema = nullptr;
    Placement* placement = nullptr;
  };
  Result<std::vector<Presence>> look(const PresenceRequest& request, const Table& table);
  Result<Presence> look_at(const Schema& schema, const VersionedKey& asked, size_t& walked);

  kv::Store& store_;
  runtime::Pool& disk_;
  std::array<Table, kv::kFamilyCount> tables_{};
};

// Asks as often as it takes: one answer for each row. In background priority.
Task<Result<std::vector<Presence>>> ask_presence(net::Caller& caller, NodeId node, PresenceRequest request);

}  // namespace garage::table
