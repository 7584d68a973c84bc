// What the nodes of the old version do with their rows in a layout change: every row whose nodes change is brought to
// the nodes of the new version, so that nothing which was decided among the old ones alone can be missed there.
//
// Ownership: borrows everything; tables are added before the first run(). Threads: one loop. Crash: done again from the
// start; it may be repeated.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kv/store.hpp"
#include "runtime/pool.hpp"
#include "table/placement.hpp"
#include "table/synced_rows.hpp"

namespace garage::table {

class HandOver {
 public:
  HandOver(NodeId self, kv::Store& store, runtime::Pool& disk) : self_(self), store_(store), disk_(disk) {}
  void add(SyncedRegister& rows, Placement& placement) { tables_.push_back({&rows, &placement}); }

  // All rows of this node that move. An error: not all of them were handed over.
  Task<Result<void>> run(HandOverBy by);
  // run() ends soon, with kClosed.
  void stop() { stopping_ = true; }

 private:
  struct Table {
    SyncedRegister* rows;
    Placement* placement;
  };
  // Of the old holders of a row the first one hands it over. The others come to it later, and find it done unless the
  // first is away or slow, or has missed the row.
  enum class Turn : unsigned char { kFirst, kOther };

  Task<Result<void>> run_table(Table table, Turn turn, HandOverBy by);
  bool is_mine(Table table, std::string_view key, Turn turn) const;
  static Task<void> hand_over_row(Table table, std::string key, HandOverBy by, Result<void>* outcome);

  const NodeId self_;
  kv::Store& store_;
  runtime::Pool& disk_;
  std::vector<Table> tables_;
  bool stopping_ = false;
};

}  // namespace garage::table
