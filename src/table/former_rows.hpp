// Rows of which this node was a replica and is none any more, after a change of the layout: it lets go of them, with
// what lies beside them and what was derived from them, once every node that keeps the row now has been seen to hold
// it on its device, with all that belongs beside it. As many copies as there are to be, or none goes.
//
// Who lacks the row gets it: several nodes keep their tombstones for ever, so it was not deleted there. But never a row
// that goes without a tombstone (FormerRules::ruled_by): of that, the row which rules it is brought here instead, and
// the schema sees to the rest. Where others have a newer row that is brought here first, so that what this one leaves
// is noted here as well. A row that rules others stays until these have gone.
//
// Looks at start, when asked, again soon while something waits to be let go of, and else once a day. Walks over shards,
// not rows, as long as they belong here. Asks for many rows at once, in background priority, and for none that a node
// keeps which is away. Rows that cannot be read stay, and are counted; so do marks of aborted uploads.
//
// Ownership: borrows everything; tables are added before start(). Threads: one loop; request(), stats and notes from
// any. Crash: begins anew.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "kv/commit_queue.hpp"
#include "kv/store.hpp"
#include "net/caller.hpp"
#include "runtime/pool.hpp"
#include "runtime/task_group.hpp"
#include "runtime/worker.hpp"
#include "table/peers.hpp"
#include "table/placement.hpp"
#include "table/presence_messages.hpp"
#include "table/register.hpp"
#include "table/synced_rows.hpp"

namespace garage::table {

// What a table says about rows that a node lets go of. Threads: any.
class FormerRules {
 public:
  virtual ~FormerRules() = default;
  // Inside apply(): what was derived from the row here and stands for nobody else (counters) goes with it.
  virtual Result<void> on_let_go(kv::View& view, kv::Batch& batch, std::string_view key, const Row& row) const = 0;
  // The row by which it is decided whether this one is to be there at all; empty: itself. Such a row goes without
  // leaving a tombstone, so nobody can tell whether who lacks it had it already.
  virtual std::string ruled_by(std::string_view key) const { return {}; }
};

class FormerRows {
 public:
  struct Report {
    uint64_t let_go = 0;
    uint64_t kept = 0;  // not all of those who keep them now have them yet, or cannot be asked
    uint64_t unreadable = 0;
  };

  // `peers` go over `caller`. `settled`: is no layout change going on? Asked inside changes too.
  FormerRows(NodeId self, kv::Store& store, kv::CommitQueue& commits, runtime::Pool& disk, net::Caller& caller,
             Peers& peers, std::function<bool()> settled)
      : self_(self),
        store_(store),
        commits_(commits),
        disk_(disk),
        caller_(caller),
        peers_(peers),
        settled_(std::move(settled)) {}

  // Of a schema whose keys begin with bucket and shard.
  void add(Schema& schema, const FormerRules& rules, Placement& placement, SyncedRows& rows) {
    tables_.push_back({&schema, &rules, &placement, &rows});
  }

  Task<Result<Report>> run_once();

  void start();
  // A round that is under way asks nobody any more; waits for what it has asked.
  Task<void> stop();
  // The next round begins at once.
  void request() { requested_ = true; }

  uint64_t let_go() const { return let_go_; }  // since start
  // Waited to be let go of when the last round ended; nothing before the first.
  std::optional<uint64_t> kept() const { return looked_ ? std::optional(kept_.load()) : std::nullopt; }
  uint64_t unreadable() const { return unreadable_; }  // of those, in the last round
  const runtime::WorkerNotes& notes() const { return notes_; }

 private:
  struct Table {
    Schema* schema;
    const FormerRules* rules;
    Placement* placement;
    SyncedRows* rows;
  };
  struct Former {
    std::string key;
    Ord ord;
    uint64_t stage = 0;
    ReplicaSet keepers;
    bool has_value = true;
    bool kept_alike(const Former& other) const { return stage == other.stage && keepers == other.keepers; }
  };
  struct Page {
    std::vector<Former> rows;
    uint64_t unreadable = 0;
    std::string next_from;  // empty: that was all
  };
  class LetGo;
  // Keepers that do not have exactly this row.
  struct Others {
    std::vector<std::pair<NodeId, Presence>> lacking;  // kNothing or kRow
    std::optional<NodeId> ahead;
    bool unsaid = false;
  };
  // What became of rows in one look.
  struct Turn {
    Report& report;
    std::vector<Former> again;  // something was brought for them, here or there
  };

  Task<void> run();
  Result<Page> look(Table table, const std::string& from) const;
  Task<Result<void>> go_through(Table table, Report& report);
  // Rows that the same nodes keep.
  Task<void> try_all(Table table, std::vector<Former> rows, Report& report);
  // Nothing: one of the keepers does not answer.
  Task<std::optional<std::vector<Others>>> look_at_keepers(Table table, const std::vector<Former>& rows);
  Task<void> deal_with(Table table, Former row, Others others, Turn* turn);
  Task<bool> let_go_of(Table table, Former row);
  // A ruled one without a value.
  Task<void> let_go_of_blank(Table table, Former row, Report& report);
  // Did anything come of it?
  Task<bool> bring_to(Table table, NodeId keeper, Presence held, Former row);
  Task<Result<void>> give_companions(Table table, NodeId keeper, Former row);
  Task<bool> bring_here(Table table, NodeId keeper, std::string key);

  const NodeId self_;
  kv::Store& store_;
  kv::CommitQueue& commits_;
  runtime::Pool& disk_;
  net::Caller& caller_;
  Peers& peers_;
  const std::function<bool()> settled_;
  std::vector<Table> tables_;
  std::set<NodeId> silent_;  // have not answered in this round
  std::atomic<uint64_t> let_go_{0}, kept_{0}, unreadable_{0};
  std::atomic<bool> requested_{true}, looked_{false}, stopping_{false};
  runtime::WorkerNotes notes_;
  runtime::TaskGroup duty_;
};

}  // namespace garage::table
