// Answers questions about this node's digests and keys, for kDigestOperation and for the node itself.
//
// Ownership: borrows everything; tables are added before the first request. Threads: any loop; the work is done on the
// disk pool.
#pragma once

#include <array>
#include <string>

#include "kv/store.hpp"
#include "runtime/pool.hpp"
#include "table/answerer.hpp"
#include "table/digest_messages.hpp"

namespace garage::table {

class DigestReplica final : public Answerer {
 public:
  DigestReplica(kv::Store& store, runtime::Pool& disk, DigestKeeper& keeper)
      : store_(store), disk_(disk), keeper_(keeper) {}
  void add(const VersionedRows& rows) { tables_[static_cast<size_t>(rows.family())] = &rows; }

  Task<Result<DigestAnswer>> read(DigestRequest request);
  Task<Result<std::string>> answer(std::string payload) override;

 private:
  Result<DigestAnswer> look(const DigestRequest& request);
  Result<DigestAnswer> look_at_keys(const DigestRequest& request);

  kv::Store& store_;
  runtime::Pool& disk_;
  DigestKeeper& keeper_;
  std::array<const VersionedRows*, kv::kFamilyCount> tables_{};
};

}  // namespace garage::table
