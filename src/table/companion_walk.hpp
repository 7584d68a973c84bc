// Everything that belongs beside a row, also what other companions name: gathered to be sent, or fetched before the row
// is installed.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kv/commit_queue.hpp"
#include "table/companions.hpp"
#include "table/messages.hpp"
#include "table/register.hpp"

namespace garage::table {

inline constexpr size_t kCompanionBytesMax = 4u << 20;  // beside one row in one message

// One companion after the other.
class CompanionWalk {
 public:
  CompanionWalk(const Schema& schema, std::string_view key, const Row& row);

  bool done() const { return left_.empty(); }
  // kCorrupt: what the row names lies beside no row, or is more than any row has.
  Result<kv::Key> at() const;
  // What lies at at(): what that names comes later.
  void found(std::string_view value);

 private:
  const Schema& schema_;
  std::deque<kv::Key> left_;
  size_t walked_ = 0;
};

// Nothing: they are more than fit into a message. kNotFound: one is gone, with its row, since that was read.
Task<Result<std::optional<std::vector<Companion>>>> gather_companions(CompanionReplica& own, Schema& schema,
                                                                      std::string key, Row row);

// Of an INSTALL: what is missing here and does not come with it, from the node it names, else from some replica of the
// row. Is to be installed with the row; where it is more than fits into a message, what comes first is put before: of a
// row that never comes, which is rare, that stays behind. kNotFound: something is gone.
Task<Result<std::vector<Companion>>> fetch_companions(CompanionReplica& own, CompanionSource& source,
                                                      kv::CommitQueue& commits, Schema& schema, Placement& placement,
                                                      std::shared_ptr<const Request> install);

}  // namespace garage::table
