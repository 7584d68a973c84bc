#include "block/replicas.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "block/outgoing.hpp"
#include "crypto/digest.hpp"
#include "runtime/pool.hpp"

namespace garage::block {
namespace {

// What some downloads read ahead: enough for the line not to run dry between two places.
constexpr size_t kReadBytesPerLoopMin = 8u << 20;

}  // namespace

Replicas::Replicas(NodeId self, env::Env env, Holder* own, net::Caller& caller, const BlockPlacement& placement,
                   Hints& hints, ReplicaOptions options)
    : self_(self),
      env_(std::move(env)),
      own_(own),
      caller_(caller),
      placement_(placement),
      hints_(hints),
      options_(options),
      read_budget_(std::max(options.read_bytes_per_peer_max / env_.loops.size(), kReadBytesPerLoopMin)) {}

std::shared_ptr<Outgoing> Replicas::begin(Uuid owner, std::string backlink, Uuid upload) {
  return std::make_shared<Outgoing>(*this, owner, std::move(backlink), upload);
}

bool Replicas::is_mine(const BlockSets& sets) const {
  return std::ranges::find(sets.write, self_) != sets.write.end();
}

Task<Result<std::string>> Replicas::ask(NodeId node, std::string_view operation, std::string payload, net::Lane lane,
                                        net::Priority priority) {
  const MonotonicTime deadline = runtime::Loop::current()->now() + options_.call_timeout;
  return caller_.call(node, std::string(operation), std::move(payload), {deadline, lane, priority});
}

Task<Result<void>> Replicas::put_at(NodeId node, std::shared_ptr<const PutMessage> message, Encoded encoded) {
  if (is_own(node)) co_return co_await own_->put(*message, false);
  CO_TRY([[maybe_unused]] const auto answer,
         co_await ask(node, kPutOperation, *encoded, net::Lane::kBlocks, net::Priority::kNormal));
  co_return Result<void>();
}

Task<Result<std::vector<BlockHash>>> Replicas::refer_at(NodeId node, ReferMessage message) {
  if (is_own(node)) co_return co_await own_->refer(std::move(message));
  CO_TRY(const auto answer,
         co_await ask(node, kReferOperation, encode_refer(message), net::Lane::kControl, net::Priority::kNormal));
  co_return decode_hashes(answer);
}

Task<Result<void>> Replicas::drop_at(NodeId node, DropMessage message) {
  if (is_own(node)) co_return co_await own_->drop(std::move(message));
  CO_TRY([[maybe_unused]] const auto answer,
         co_await ask(node, kDropOperation, encode_drop(message), net::Lane::kControl, net::Priority::kBackground));
  co_return Result<void>();
}

Task<Result<Buffer>> Replicas::fetch(BlockHash hash) {
  std::vector<NodeId> others = placement_.sets_for(hash).read;
  std::erase(others, self_);
  CO_TRY(Buffer raw, co_await read_from(std::move(others), {hash, 0, kPeerBlockBytesMax}, net::Priority::kBackground));
  const auto found = co_await runtime::run_on(env_.pools.compute, [&raw] { return crypto::sha256(raw.view()); });
  if (BlockHash{found} != hash) co_return fail(ErrorKind::kCorrupt, "a peer sent other bytes than asked for");
  co_return raw;
}

Task<Result<void>> Replicas::tell(NodeId node, Uuid owner, Reference reference, BlockHash hash) {
  ReferMessage message{owner, std::move(reference), ReferMode::kHint, {hash}};
  CO_TRY([[maybe_unused]] const auto fetched,
         co_await ask(node, kReferOperation, encode_refer(message), net::Lane::kControl, net::Priority::kBackground));
  co_return Result<void>();
}

Task<Result<std::optional<Reference>>> Replicas::ask_for_reference(NodeId node, ReferenceName name) {
  CO_TRY(const auto value, co_await ask(node, kReferenceOperation, encode_reference_name(name), net::Lane::kControl,
                                        net::Priority::kBackground));
  if (value.empty()) co_return std::nullopt;
  CO_TRY(auto reference, decode_reference(name.hash, name.owner, value));
  co_return std::move(reference);
}

Task<Result<std::vector<Held>>> Replicas::ask_what_is_held(NodeId node, std::vector<NamedReference> references) {
  CO_TRY(const auto answer, co_await ask(node, kHoldOperation, encode_named_references(references), net::Lane::kControl,
                                         net::Priority::kBackground));
  co_return decode_held(references.size(), answer);
}

Task<Result<void>> Replicas::give(NodeId node, Uuid owner, Reference reference, BlockHash hash, Buffer raw) {
  const PutMessage message{hash, owner, std::move(raw), std::move(reference)};
  CO_TRY([[maybe_unused]] const auto answer,
         co_await ask(node, kPutOperation, encode_put(message), net::Lane::kBlocks, net::Priority::kBackground));
  if (options_.registry != nullptr) {
    options_.registry
        ->counter("block_resync_send_counter", "Number of blocks sent to another node",
                  {{"to", node.hex().substr(0, 16)}})
        .add();
  }
  co_return Result<void>();
}

}  // namespace garage::block
