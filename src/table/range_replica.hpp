// One node's side of ordered reads: scans its shards, rolls up common prefixes, and tells rows and tombstones as they
// lie there, with how far it has looked.
//
// Ownership: borrows everything; schemas are added before the first request. Threads: any loop; what is not in memory,
// and long scans, run on the disk pool. Errors: a damaged row is an error of the whole answer, so that this replica
// does not vote.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "kv/store.hpp"
#include "runtime/pool.hpp"
#include "table/answerer.hpp"
#include "table/placement.hpp"
#include "table/range_messages.hpp"
#include "table/register.hpp"

namespace garage::table {

class RangeReplica final : public Answerer {
 public:
  RangeReplica(kv::Store& store, runtime::Pool& disk) : store_(store), disk_(disk) {}
  void add(Schema& schema, Placement& placement) {
    tables_[static_cast<size_t>(schema.family())] = {&schema, &placement};
  }

  Task<Result<std::vector<SectionAnswer>>> read(RangeRequest request);
  Task<Result<std::string>> answer(std::string payload) override;

 private:
  struct Table {
    Schema* schema = nullptr;
    Placement* placement = nullptr;
  };
  Result<std::vector<SectionAnswer>> scan(const RangeRequest& request, const Table& table, bool on_loop);

  kv::Store& store_;
  runtime::Pool& disk_;
  std::array<Table, kv::kFamilyCount> tables_{};
};

}  // namespace garage::table
