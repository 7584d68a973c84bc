// The settings on every node: rows have their replicas like all others, and every node keeps a copy of all of them to
// read.
//
// A change answers once it is chosen by its replicas and was pushed to every node that is up, for a second at most. Who
// missed it gets it with the gossip: the copies are a document with a digest, and differing ones are merged row by row
// by their ords.
//
// What a copy lacks is not denied on its word alone: look_again() asks the replicas. What it has is allowed on its word
// for 10 s (kTrusted) after it was last equal to the copies of so many nodes that they are a majority with this one;
// the statuses of the gossip show that. Later, it is asked about before it is used (Settings::confirm), and an answer
// stands for as long. So a node that is cut off lets nobody in for longer whose key has been taken away. Where statuses
// are rarer, as in large clusters, copies are trusted until the second one is due.
//
// Copies lie in the settings family itself. A row there counts as a vote only where the placement says so.
//
// Ownership: borrows everything; the Settings calls it from share() on. Threads: any loop.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kv/commit_queue.hpp"
#include "kv/store.hpp"
#include "model/asked_rows.hpp"
#include "model/settings.hpp"
#include "net/caller.hpp"
#include "net/server.hpp"
#include "runtime/loop.hpp"
#include "runtime/pool.hpp"

namespace garage::model {

class SettingsCopies : public net::RequestHandler {
 public:
  // Every node that is up, without this one.
  using Others = std::function<std::vector<NodeId>()>;
  SettingsCopies(Settings& settings, kv::Store& store, kv::CommitQueue& commits, runtime::Pool& disk,
                 net::Caller& caller, Others others)
      : settings_(settings),
        store_(store),
        commits_(commits),
        disk_(disk),
        caller_(caller),
        others_(std::move(others)) {}

  // Who else has a copy, by the layout; and whether nobody has, which is asked for every request. Before the first
  // request; without it copies are always trusted.
  struct Keepers {
    std::function<bool()> alone;
    Others others;
    std::function<Duration()> told_every = {};  // how often others tell what they have; empty: often enough
  };
  void compare_with(Keepers keepers) { keepers_ = std::move(keepers); }
  // The copy of that node is equal to this one. On one loop.
  void agreed_with(const NodeId& node);
  bool is_fresh() const;

  // The row of `key` as chosen by its replicas: into this node's copy, and on to all others.
  Task<void> spread(std::string key);
  // The same, but for this node alone: true where the copy has changed. Questions about one row are joined: one is
  // under way and one waits, whoever asks. An answer was asked for after this call, or by `age_max` before it at most.
  static constexpr Duration kTrusted = 10s;
  Task<Result<bool>> look_again(std::string key, Duration age_max = Duration(0));

  // The rows of all buckets that are being deleted or gone. Ok: that node has them now, or newer ones; or it runs an
  // older program, which has no use for them.
  Task<Result<void>> bring_closed_buckets(NodeId to);

  // "settings/push": rows. "settings/hold": the same, kConflict where any of them cannot be taken now. Not trusted
  // beyond what a peer may say.
  Task<Result<std::string>> handle(std::string operation, std::string payload, const net::PeerInfo& who) override;

  // One row, as others take it by "settings/push" and merge_rows().
  static std::string message_of(std::string_view key, const table::Row& row);
  // All rows; kUnsupported where one message does not carry them.
  Task<Result<std::string>> export_rows();
  struct PageOfRows {
    std::string message;
    std::string next_from;  // empty: that was all
  };
  Task<Result<PageOfRows>> export_page(std::string from);
  // True where the copy has changed. kCorrupt changes nothing.
  Task<Result<bool>> merge_rows(std::string bytes);

 private:
  Task<Result<bool>> ask_replicas(std::string key);
  Task<Result<void>> bring_if_closed(NodeId to, std::string key);
  Task<Result<void>> bring_closed_page(NodeId to, std::string rows);

  Settings& settings_;
  kv::Store& store_;
  kv::CommitQueue& commits_;
  runtime::Pool& disk_;
  net::Caller& caller_;
  Others others_;
  Keepers keepers_;
  std::map<NodeId, MonotonicTime> agreed_;
  std::atomic<MonotonicTime> trusted_until_ = MonotonicTime{};
  AskedRows asked_;
};

}  // namespace garage::model
