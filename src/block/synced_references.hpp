// References as rows that table::TableSync makes equal on the nodes that keep a block.
//
// What a node receives this way is never taken as proof that the owner lives: it comes with a lease row, so the owner
// is asked after, and a reference that came back from the dead goes again, everywhere. Its bytes are fetched.
//
// Ownership: borrows everything. Threads: any loop.
#pragma once

#include <string>

#include "block/holder.hpp"
#include "block/replicas.hpp"
#include "runtime/pool.hpp"
#include "table/synced_rows.hpp"

namespace garage::block {

class SyncedReferences final : public table::SyncedRows {
 public:
  SyncedReferences(Holder& holder, Replicas& replicas) : holder_(holder), replicas_(replicas) {}

  kv::Family family() const override { return kv::Family::kBlockRef; }
  // The ceiling of its lease.
  Result<Ord> version_of(std::string_view key, std::string_view value) const override;
  Task<Result<void>> push(NodeId to, std::string key) override;
  Task<Result<void>> pull(NodeId from, std::string key) override;

 private:
  Holder& holder_;
  Replicas& replicas_;
};

}  // namespace garage::block
