// The register where this node is the only replica: no messages, no promises; the commit queue is the order.
//
// Ownership: borrows everything. Threads: any loop.
#pragma once

#include <optional>
#include <string>

#include "kv/commit_queue.hpp"
#include "kv/store.hpp"
#include "runtime/pool.hpp"
#include "table/ord_source.hpp"
#include "table/placement.hpp"
#include "table/register.hpp"

namespace garage::table {

class LocalRegister final : public Register {
 public:
  // `disk` serves reads that are not in memory.
  LocalRegister(kv::Store& store, kv::CommitQueue& commits, runtime::Pool& disk, OrdSource& ords, Schema& schema)
      : store_(store), commits_(commits), disk_(disk), ords_(ords), schema_(schema) {}

  Task<Result<Written>> write(Write write) override;
  Task<Result<std::optional<Row>>> read(std::string key) override;

  Task<Result<Settled>> settle(std::string key, SettleOptions options) override;

  // The same under a placement in which this node is alone at `stage`. Nothing (and `write` is whole again) where the
  // layout has moved on before the commit.
  Task<std::optional<Result<Written>>> write_at_stage(Write& write, Placement& placement, uint64_t stage);
  Task<std::optional<Result<Settled>>> settle_at_stage(std::string key, SettleOptions options, Placement& placement,
                                                       uint64_t stage);
  Task<std::optional<Result<std::optional<Row>>>> read_at_stage(std::string key, Placement& placement, uint64_t stage);

 private:
  kv::Store& store_;
  kv::CommitQueue& commits_;
  runtime::Pool& disk_;
  OrdSource& ords_;
  Schema& schema_;
};

}  // namespace garage::table
