// Blocks on several nodes: who asks the holders, this node among them.
//
//   auto outgoing = replicas.begin(owner, backlink, upload);      an upload's blocks on their way
//   co_await outgoing->put(hash, bytes);                          ... written on a quorum
//   auto ceiling = co_await outgoing->commit();                   ... durable and referenced on a quorum
//
// Ownership: borrows everything; stop() after the last call has returned. Threads: any loop; an Outgoing stays on one.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/buffer.hpp"
#include "base/ids.hpp"
#include "base/ord.hpp"
#include "base/result.hpp"
#include "block/hints.hpp"
#include "block/holder.hpp"
#include "block/placement.hpp"
#include "block/read_budget.hpp"
#include "env/env.hpp"
#include "net/caller.hpp"
#include "runtime/background.hpp"
#include "runtime/task.hpp"
#include "telemetry/registry.hpp"

namespace garage::block {

struct ReplicaOptions {
  Duration call_timeout = 30s;
  Duration hedge_after = 300ms;  // a read that has not answered by then is asked of the next node too
  // Of reads for clients, asked of one peer at a time, by all loops: half of what a connection holds of answers, and
  // where the peer has fewer loops many of ours share one. Each loop has its part, of 8 MiB at least.
  size_t read_bytes_per_peer_max = 128u << 20;
  Duration lease = 5min;  // what a writer gets between referencing its blocks and writing its row
  // Bytes on their way to nodes whose acknowledgement nobody waits for any more. When they are used up, writers wait
  // for all.
  size_t straggler_bytes_max = 64u << 20;
  size_t hashes_per_message = 512;
  bool one_copy_suffices = false;           // of what is written, for anybody to rely on it; the others follow
  telemetry::Registry* registry = nullptr;  // null: what is given to other nodes is not counted
};

class Outgoing;

class Replicas {
 public:
  // `own`: this node's holder; nullptr on a gateway.
  Replicas(NodeId self, env::Env env, Holder* own, net::Caller& caller, const BlockPlacement& placement, Hints& hints,
           ReplicaOptions options = {});
  // Told of each block that this node should have and has not, or not whole. Any thread; must not block. Before use.
  void on_missing(std::function<void(const BlockHash&)> told) { on_missing_ = std::move(told); }

  // `backlink`: the row key that is to name the owner. `upload`: of a part attempt, else zero.
  std::shared_ptr<Outgoing> begin(Uuid owner, std::string backlink, Uuid upload);

  // From this node, else from the nearest. kNotFound: nobody has it. kUnavailable: nobody who answers has it.
  Task<Result<Buffer>> read(BlockHash hash, uint64_t offset, uint64_t length);
  // The whole block from another node, with the right hash.
  Task<Result<Buffer>> fetch(BlockHash hash);
  // On a verdict. Ok when a quorum of the holders of each block has taken it; the others are told later.
  Task<Result<void>> drop(Uuid owner, std::vector<BlockHash> hashes, Ord judged);
  // Tells one node of a reference that it may have missed; it asks after the owner itself, and fetches the bytes.
  Task<Result<void>> tell(NodeId node, Uuid owner, Reference reference, BlockHash hash);
  Task<Result<std::optional<Reference>>> ask_for_reference(NodeId node, ReferenceName name);
  // What that node holds of these, one answer for each.
  Task<Result<std::vector<Held>>> ask_what_is_held(NodeId node, std::vector<NamedReference> references);
  // Puts the block on that node, durable and referenced.
  Task<Result<void>> give(NodeId node, Uuid owner, Reference reference, BlockHash hash, Buffer raw);

  Task<void> stop() { return detached_.stop(); }

 private:
  friend class Outgoing;

  using Encoded = std::shared_ptr<const std::string>;
  Task<Result<std::string>> ask(NodeId node, std::string_view operation, std::string payload, net::Lane lane,
                                net::Priority priority);
  Task<Result<void>> put_at(NodeId node, std::shared_ptr<const PutMessage> message, Encoded encoded);
  Task<Result<std::vector<BlockHash>>> refer_at(NodeId node, ReferMessage message);
  Task<Result<void>> drop_at(NodeId node, DropMessage message);
  Task<Result<Buffer>> read_at(NodeId node, ReadMessage message, net::Priority priority);
  Task<Result<Buffer>> read_from(std::vector<NodeId> nodes, ReadMessage message, net::Priority priority);
  struct ReadRace;
  static Task<void> read_into(Replicas& replicas, std::shared_ptr<ReadRace> race, NodeId node, ReadMessage message,
                              net::Priority priority);
  struct DropRound;
  static Task<void> drop_into(Replicas& replicas, std::shared_ptr<DropRound> round, NodeId node, DropMessage message);
  // Is this node itself, with a holder?
  bool is_own(const NodeId& node) const { return own_ != nullptr && node == self_; }
  bool is_mine(const BlockSets& sets) const;

  const NodeId self_;
  env::Env env_;
  Holder* const own_;
  net::Caller& caller_;
  const BlockPlacement& placement_;
  Hints& hints_;
  const ReplicaOptions options_;
  std::function<void(const BlockHash&)> on_missing_;
  std::atomic<size_t> straggler_bytes_{0};
  ReadBudget read_budget_;
  runtime::Background detached_;
};

}  // namespace garage::block
