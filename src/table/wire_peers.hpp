// Replicas of other nodes, over the mesh of peers. Requests of one kind for one node that are made in the same turn of
// a loop travel in one message, so that a thousand deletes do not cost three thousand messages.
//
// Bound: of the INSTALLs, which may carry bodies, so many bytes wait for one node; what is more is refused at once, and
// the others are written without it. A quorum of them leaves a hint then, as for a node that is away: so a node that is
// silent costs no memory while it is not yet known to be away, and does not become a flood of hints the moment it is.
// Ownership: borrows the caller; stop() after the last call has returned. Threads: any loop.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
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

struct WireOptions {
  net::Priority priority = net::Priority::kNormal;
  // For each node, of all loops, with 2 KiB for each INSTALL; one that is larger goes alone. Well below
  // CommitOptions::bytes_max, so that as many hints at once fit beside the requests of clients.
  size_t unanswered_install_bytes_max = 32u << 20;
};

class WirePeers final : public Peers {
 public:
  explicit WirePeers(net::Caller& caller, WireOptions options = {}) : caller_(caller), options_(options) {}

  Task<Result<Reply>> call(NodeId node, std::shared_ptr<const Request> request, MonotonicTime deadline) override;
  std::vector<NodeId> nearest_first(std::vector<NodeId> nodes) const override { return caller_.nearest_first(nodes); }
  Task<void> stop() { return background_.stop(); }

  // INSTALLs that were refused here, since start.
  uint64_t held_back() const { return held_back_; }

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

  bool reserve(const NodeId& node, size_t bytes);
  void release(const NodeId& node, size_t bytes);
  Outgoing& outgoing(runtime::Loop* loop);
  void enqueue(Line line, Waiting waiting);
  void flush(Line line);
  static std::string enclose(std::vector<Waiting>& batch);
  Task<void> send(NodeId node, std::vector<Waiting> batch);

  net::Caller& caller_;
  const WireOptions options_;
  std::atomic<uint64_t> held_back_{0};
  std::mutex mutex_;
  std::map<runtime::Loop*, std::unique_ptr<Outgoing>> loops_;  // guarded by mutex_; each used on its own loop only
  std::map<NodeId, size_t> unanswered_;                        // guarded by mutex_; bytes of INSTALLs
  runtime::Background background_;
};

}  // namespace garage::table
