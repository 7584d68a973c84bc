// What was asked of a cluster and what it answered, key by key, with the moments in between; and whether all of it can
// be explained.
//
// Threads: one. Entries have stable addresses.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "sim/linearizability.hpp"
#include "sim/scheduler.hpp"

namespace garage::sim {

struct ClusterCounts {
  uint64_t lives = 0;
  uint64_t operations = 0, ok = 0, condition_false = 0, not_applied = 0, unknown = 0;
  uint64_t reads_refused = 0, bodies_compared = 0, pages = 0, uploads = 0, copies = 0;
  uint64_t kills = 0, power_cuts = 0, pauses = 0, partitions = 0, clock_jumps = 0, slow_disks = 0, full_disks = 0;
  uint64_t layout_changes = 0;
  uint64_t undecided = 0;  // histories of a key that were too long to be judged

  void add(const ClusterCounts& other);
};
std::string to_string(const ClusterCounts& counts);

class ClusterHistory {
 public:
  explicit ClusterHistory(const Scheduler& scheduler) : scheduler_(scheduler) {}

  // An operation begins now; until end() its outcome counts as unknown.
  HistoryEntry& begin(const std::string& key, RegisterOperation operation, uint64_t value = 0, uint64_t expected = 0);
  void end(HistoryEntry& entry, Outcome outcome, uint64_t found = 0);
  // A read whose answer is known already.
  void note_read(const std::string& key, Duration began, uint64_t found);

  // A read of this key showed that.
  void seen(const std::string& key, uint64_t found) { last_read_[key] = found; }

  Duration now() const { return scheduler_.now(); }
  // What a read of this key found last; 0 if nothing is there.
  uint64_t last_read(const std::string& key) const;

  // From here on all is well, and every read must be exact and answered.
  void healed() { healed_at_ = now(); }
  bool is_healed() const { return healed_at_ != Duration::max(); }

  // A promise was broken, in words.
  void broken(std::string what);
  // A line for people.
  void say(std::string line);

  // Judges every key. `weak_reads`: while something is broken a read may also show what nobody has acknowledged yet.
  void judge(bool weak_reads, ClusterCounts& counts);

  const std::vector<std::string>& problems() const { return problems_; }
  const std::vector<std::string>& trace() const { return trace_; }
  const std::deque<HistoryEntry>& of(const std::string& key) { return keys_[key]; }
  std::vector<std::string> bad_keys() const { return bad_keys_; }

 private:
  bool is_regular(const std::deque<HistoryEntry>& all, const HistoryEntry& read) const;

  const Scheduler& scheduler_;
  std::map<std::string, std::deque<HistoryEntry>> keys_;
  std::map<std::string, uint64_t> last_read_;
  std::vector<std::string> problems_, trace_, bad_keys_;
  Duration healed_at_ = Duration::max();
};

}  // namespace garage::sim
