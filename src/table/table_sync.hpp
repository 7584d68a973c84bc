// The duty that makes replicas equal: for every partition that this node keeps with others it compares sums, then
// grids, then keys, and brings rows both ways where they differ. It also counts the rows that digests do not know yet.
//
// Ownership: borrows everything; tables are added before start(). Threads: one loop.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "net/caller.hpp"
#include "runtime/task_group.hpp"
#include "table/digest_replica.hpp"
#include "table/placement.hpp"
#include "table/synced_rows.hpp"

namespace garage::table {

struct SyncOptions {
  Duration interval = 600s;          // from the end of a round to the next
  Duration look_for_returned = 60s;  // how soon who was away in a round is compared with once it is back
  Duration call_timeout = 30s;
  size_t rows_at_once = 16;
  // Told of each row that was sent to a node, or taken from it. May be empty.
  std::function<void(kv::Family family, const std::string& key, const NodeId& peer, bool sent)> brought = {};
};

class TableSync {
 public:
  struct Stats {
    uint64_t rounds = 0;
    uint64_t partitions_compared = 0, partitions_different = 0;
    uint64_t rows_pushed = 0, rows_pulled = 0, failures = 0;
  };

  TableSync(NodeId self, net::Caller& caller, DigestKeeper& keeper, DigestReplica& own, SyncOptions options = {})
      : self_(self), caller_(caller), keeper_(keeper), own_(own), options_(options) {}
  // Also to be added to the keeper and to the DigestReplica.
  void add(SyncedRows& rows, Placement& placement) { tables_.push_back({&rows, &placement}); }

  void start();
  Task<void> stop();
  // The next round begins at once: others keep rows now, or somebody asks for it.
  void hurry() { hurried_ = true; }

  // One round over all tables and peers. What could not be brought is counted, and tried again in the next round.
  Task<void> run_once();

  const Stats& stats() const { return stats_; }

 private:
  struct Table {
    SyncedRows* rows;
    Placement* placement;
  };
  enum class Way : unsigned char { kPush, kPull };

  Task<void> run();
  Task<void> rest();
  Task<void> compare(const std::set<NodeId>* only);
  Task<bool> count_all(kv::Family family);
  std::map<NodeId, std::vector<Partition>> shared_partitions(Placement& placement);
  Task<Result<void>> compare_with(Table table, NodeId peer, std::vector<Partition> partitions);
  Task<Result<void>> compare_partition(Table table, NodeId peer, Partition partition);
  Task<Result<void>> compare_keys(Table table, NodeId peer, Partition partition, uint64_t buckets);
  Task<Result<DigestAnswer>> ask(NodeId node, DigestRequest request);
  Task<void> bring(Table table, NodeId peer, std::string key, Way way);

  const NodeId self_;
  net::Caller& caller_;
  DigestKeeper& keeper_;
  DigestReplica& own_;
  const SyncOptions options_;
  std::vector<Table> tables_;
  Stats stats_;
  std::set<NodeId> missed_;  // could not be compared with when it was their turn
  bool stopping_ = false;
  bool hurried_ = false;
  runtime::TaskGroup duty_;
};

}  // namespace garage::table
