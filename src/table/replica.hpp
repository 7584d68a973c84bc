// One node's side of the protocol for the rows of one schema: READ, PREPARE, INSTALL.
//
// Ownership: borrows everything. Threads: any loop.
// Crash:     an answered PREPARE or INSTALL is durable. Errors: a row or promise that cannot be read is an error, never
// an absence, so
//            that a damaged replica does not vote.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "kv/commit_queue.hpp"
#include "kv/store.hpp"
#include "runtime/pool.hpp"
#include "table/ablation.hpp"
#include "table/companions.hpp"
#include "table/messages.hpp"
#include "table/ord_source.hpp"
#include "table/placement.hpp"
#include "table/register.hpp"

namespace garage::table {

class Replica {
 public:
  Replica(kv::Store& store, kv::CommitQueue& commits, runtime::Pool& disk, OrdSource& ords, Placement& placement,
          Schema& schema, Ablation ablation = {})
      : store_(store),
        commits_(commits),
        disk_(disk),
        ords_(ords),
        placement_(placement),
        schema_(schema),
        beside_(store, disk),
        ablation_(ablation) {}

  // Where more companions come from than a message carries; without it such rows are refused. Before the first request.
  void fetch_from(CompanionSource& source) { source_ = &source; }

  kv::Family family() const { return schema_.family(); }
  // kInvalid where the request is for another family.
  Task<Result<Reply>> handle(std::shared_ptr<const Request> request);

 private:
  Task<Result<Reply>> read(std::shared_ptr<const Request> request);
  Task<Result<std::shared_ptr<const Request>>> with_companions(std::shared_ptr<const Request> request);
  Task<Result<Reply>> change(std::shared_ptr<const Request> request);

  kv::Store& store_;
  kv::CommitQueue& commits_;
  runtime::Pool& disk_;
  OrdSource& ords_;
  Placement& placement_;
  Schema& schema_;
  CompanionReplica beside_;
  CompanionSource* source_ = nullptr;
  const Ablation ablation_;
};

}  // namespace garage::table
