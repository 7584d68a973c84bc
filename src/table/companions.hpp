// What lies beside rows (bodies of small objects, manifest pages) on other nodes: read one by one, by a coordinator
// that holds no replica, or by a replica that installs a row with more beside it than one message takes.
//
// Ownership: borrows everything. Threads: any loop.
#pragma once

#include <optional>
#include <string>

#include "net/caller.hpp"
#include "runtime/pool.hpp"
#include "table/answerer.hpp"
#include "table/placement.hpp"
#include "table/register.hpp"

namespace garage::table {

// Families that lie beside rows; nothing else is given away.
bool is_beside_rows(kv::Family family);

// The answering side, for kCompanionOperation.
class CompanionReplica final : public Answerer {
 public:
  CompanionReplica(kv::Store& store, runtime::Pool& disk) : store_(store), disk_(disk) {}
  // Before the first request: by it this node says how far it is in layout changes. Any table's placement will do.
  void tell_stage_of(Placement& placement) { placement_ = &placement; }
  Task<Result<std::optional<std::string>>> read(kv::Key key);
  Task<Result<std::string>> answer(std::string payload) override;

 private:
  kv::Store& store_;
  runtime::Pool& disk_;
  Placement* placement_ = nullptr;
};

// Where a replica gets from what its messages do not carry.
class CompanionSource {
 public:
  virtual ~CompanionSource() = default;
  // Nothing: that node does not have it.
  virtual Task<Result<std::optional<std::string>>> fetch(NodeId from, kv::Key key) = 0;
  // From whichever replica of the row has it. kNotFound: the row was replaced meanwhile. kUnavailable: some could not
  // be asked.
  virtual Task<Result<std::string>> read(Placement& placement, std::string row_key, kv::Key key) = 0;
};

class Companions final : public CompanionSource {
 public:
  // `own` may be null: a node that stores nothing.
  Companions(NodeId self, CompanionReplica* own, net::Caller& caller, Duration call_timeout = 5s)
      : self_(self), own_(own), caller_(caller), call_timeout_(call_timeout) {}

  // Nearest first; where the replicas are further in a layout change than this node, from those that keep the row then.
  Task<Result<std::string>> read(Placement& placement, std::string row_key, kv::Key key) override;
  Task<Result<std::optional<std::string>>> fetch(NodeId from, kv::Key key) override;

 private:
  struct Answer {
    std::optional<std::string> value;
    uint64_t stage = 0;  // of who lacks it
  };
  Task<Result<std::string>> read_at(ReplicaSets sets, kv::Key key, bool* moved_on);
  Task<Result<Answer>> ask(NodeId node, kv::Key key, Duration timeout);
  static Result<Answer> decode_answer(std::string_view bytes);

  const NodeId self_;
  CompanionReplica* const own_;
  net::Caller& caller_;
  const Duration call_timeout_;
};

}  // namespace garage::table
