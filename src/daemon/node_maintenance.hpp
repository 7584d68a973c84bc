// The background work of a node in one list: for the command line and the admin API to see, steer and repair.
//
//   NodeMaintenance maintenance(parts);
//   CO_CHECK_OK(maintenance.open());        values of variables that were set before
//   co_await maintenance.stop();
//
// Ownership: borrows the duties; nobody looks at them after stop(). Threads: the first loop; looking, any.
#pragma once

#include <string>

#include "admin/maintenance.hpp"
#include "block/hints.hpp"
#include "block/inspection.hpp"
#include "block/repair.hpp"
#include "block/unreferenced.hpp"
#include "daemon/compactor.hpp"
#include "daemon/layout_duty.hpp"
#include "kv/commit_queue.hpp"
#include "kv/store.hpp"
#include "object/objects.hpp"
#include "table/replicated_table.hpp"

namespace garage::daemon {

class NodeMaintenance final : public admin::Maintenance {
 public:
  struct Parts {
    env::Env& env;
    kv::Store& store;
    kv::CommitQueue& commits;
    block::BlockStore& blocks;
    block::Resync& resync;
    block::Inspection& inspection;
    const block::Unreferenced& unreferenced;
    const table::FormerRows& former_rows;
    block::Hints& block_hints;
    object::Objects& objects;
    table::TableHub& tables;
    const LayoutDuty& layout;
    const Compactor& compactor;
  };
  explicit NodeMaintenance(Parts parts);

  // Blocking.
  Result<void> open();
  Task<void> stop() { return repair_.stop(); }

  const runtime::Workers& workers() const override { return workers_; }
  block::Resync& resync() override { return parts_.resync; }
  Hints hints() const override;
  Task<Result<void>> launch(Repair repair) override;
  Task<Result<void>> set_variable(std::string name, std::string value) override;

 private:
  void list_workers();
  void list_variables();
  uint64_t row_hint_bytes() const;

  Parts parts_;
  block::Repair repair_;
  runtime::Workers workers_;
};

}  // namespace garage::daemon
