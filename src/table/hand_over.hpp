// What the nodes of the old version do with their rows in a layout change: every row whose nodes change is brought to
// the nodes of the new version, so that nothing which was decided among the old ones alone can be missed there.
//
// A row that cannot be handed over (it is damaged on one node while another is away) keeps no other one from it: it is
// remembered and tried again.
//
// Ownership: borrows everything; tables are added before the first run(). Threads: one loop. Crash: done again from the
// start; it may be repeated.
#pragma once

#include <cstdint>
#include <deque>
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

  // All rows of this node that move in the change to this version. An error: not all of them were handed over; the next
  // run for the same version goes on where this one ended, and tries those that are left once more.
  Task<Result<void>> run(uint64_t version, HandOverBy by);
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
  struct Item {
    size_t table = 0;
    std::string key;
    Result<void> outcome = {};
  };
  // How far a change has come here.
  struct Walk {
    uint64_t version = 0;
    HandOverBy by = HandOverBy::kLook;
    size_t step = 0;  // through the tables, once for each turn
    std::string from = {};
    std::deque<Item> left = {};
  };

  Task<Result<std::vector<Item>>> next_rows();
  // False: most of them failed, so that others would, too.
  Task<bool> hand_over(std::vector<Item> rows);
  bool is_mine(Table table, std::string_view key, Turn turn) const;
  static Task<void> hand_over_row(Table table, HandOverBy by, Item* row);

  const NodeId self_;
  kv::Store& store_;
  runtime::Pool& disk_;
  std::vector<Table> tables_;
  Walk walk_;
  bool stopping_ = false;
};

}  // namespace garage::table
