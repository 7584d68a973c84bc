// The settings on every node: rows have their replicas like all others, and every node keeps a copy of all of them to
// read.
//
// A change answers once it is chosen by its replicas and was pushed to every node that is up, for a second at most. Who
// missed it gets it with the gossip: the copies are a document with a digest, and differing ones are merged row by row
// by their ords. What a copy lacks is not denied on its word alone: look_again() asks the replicas.
//
// Copies lie in the settings family itself. A row there counts as a vote only where the placement says so.
//
// Ownership: borrows everything; the Settings calls it from share() on. Threads: any loop.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "kv/commit_queue.hpp"
#include "kv/store.hpp"
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

  // The row of `key` as chosen by its replicas: into this node's copy, and on to all others.
  Task<void> spread(std::string key);
  // The same, but for this node alone: true where the copy has changed.
  Task<Result<bool>> look_again(std::string key);

  // "settings/push": one row. Not trusted beyond what a peer may say.
  Task<Result<std::string>> handle(std::string operation, std::string payload, const net::PeerInfo& who) override;

  Task<Result<std::string>> export_rows();
  // True where the copy has changed. kCorrupt changes nothing.
  Task<Result<bool>> merge_rows(std::string bytes);

 private:
  Settings& settings_;
  kv::Store& store_;
  kv::CommitQueue& commits_;
  runtime::Pool& disk_;
  net::Caller& caller_;
  Others others_;
};

}  // namespace garage::model
