// Rules of the protocol that a test may leave out, to see that its checker notices. All off in a program.
#pragma once

namespace garage::table {

struct Ablation {
  // Replica.
  bool plain_installs_ignore_fence = false;
  bool aborted_ignored = false;    // uploads are completed although they are marked as aborted
  bool closed_ignored = false;     // clients write into buckets that are being deleted
  bool promise_forgotten = false;  // once a plain row has replaced the row that it was made for
  // Coordinator.
  bool check_then_write = false;          // a conditional write is a read, a look and a plain install
  bool no_settle = false;                 // false conditions and reads of full rounds answer from what they saw
  bool no_settle_after_install = false;   // a false condition is not settled though an install of the write was sent
  bool no_write_back = false;             // reads answer from what they saw
  bool retry_without_lineage = false;     // a retry does not look for itself
  bool retry_as_new = false;              // a refused plain write is stamped again as if it were new
  bool truncation_is_blind = false;       // a dropped ancestor counts as overwritten by a plain write
  bool completed_before_ignored = false;  // a Complete does not ask whether another write has completed its upload
  bool listing_unsettled = false;         // pages show rows as they were seen, whoever holds them
  bool lineage_of_unsettled = false;      // a plain write takes the lineage of the row it read
  // Synchronisation.
  bool promises_not_looked_at = false;  // a row is handed over as it is, whatever was promised above it

  // No rule, only luck: a plain write stamps above the rows it read but not above their promises, so that it meets the
  // fence more often.
  bool promises_not_seen = false;
};

}  // namespace garage::table
