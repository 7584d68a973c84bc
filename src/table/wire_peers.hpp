// Replicas of other nodes, over the mesh of peers. Requests of one kind for one node that are made in the same turn of
// a loop travel in one message, so that a thousand deletes do not cost three thousand messages.
//
// Ownership: borrows the caller; stop() after the last call has returned. Threads: any loop.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "net/caller.hpp"
#include "runtime/background.hpp"
#include "runtime/future.hpp"
#include "table/peers.hpp"

namespace garage::table {

class WirePeers final : public Peers {
 public:
  explicit WirePeers(net::Caller& caller, net::Priority priority = net::Priority::kNormal)
      : caller_(caller), priority_(priority) {}

  Task<Result<Reply>> call(NodeId node, std::shared_ptr<const Request> request, MonotonicTime deadline) override;
  std::vector<NodeId> nearest_first(std::vector<NodeId> nodes) const override { return caller_.nearest_first(nodes); }
  Task<void> stop() { return background_.stop(); }

 private:
  struct Waiting {
    std::string encoded;
    MonotonicTime deadline;
    runtime::Promise<Result<std::string>> answer;
  };
  // What one loop is about to send. A READ never waits for the disk of an INSTALL: each kind has its own message.
  struct Outgoing {
    std::map<std::pair<NodeId, Operation>, std::vector<Waiting>> waiting;
    std::map<std::pair<NodeId, Operation>, size_t> bytes;
  };
  using Line = std::pair<NodeId, Operation>;

  Outgoing& outgoing(runtime::Loop* loop);
  void enqueue(Line line, Waiting waiting);
  void flush(Line line);
  Task<void> send(NodeId node, std::vector<Waiting> batch);

  net::Caller& caller_;
  const net::Priority priority_;
  std::mutex mutex_;
  std::map<runtime::Loop*, std::unique_ptr<Outgoing>> loops_;  // guarded by mutex_; each used on its own loop only
  runtime::Background background_;
};

}  // namespace garage::table
