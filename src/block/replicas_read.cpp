// Reading a block from whoever has it: this node first, then the nearest, the next one after an error or a while.
#include <fmt/format.h>

#include <optional>
#include <utility>

#include "block/impatience.hpp"
#include "block/replicas.hpp"
#include "runtime/signal.hpp"

namespace garage::block {
namespace {

// Who waits for its turn at one peer waits so many times as long as for an answer while others get theirs: where all
// lines are busy, asking all of them for the same makes it worse.
constexpr int kPatienceInLine = 10;
// In so many times as long somebody else has had its turn, or the peer is silent.
constexpr int kLineMoves = 3;

}  // namespace

// One read on its way. Shared with the calls, some of which outlive it.
struct Replicas::ReadRace {
  std::optional<Buffer> bytes;
  std::optional<Error> error;  // the last one that says more than that a node has not got it
  size_t running = 0;
  size_t in_line = 0;  // of those, not asked yet
  bool impatient = false;
  runtime::Signal changed;
};

Task<Result<Buffer>> Replicas::read_at(NodeId node, ReadMessage message, net::Priority priority) {
  CO_TRY(auto answer, co_await ask(node, kReadOperation, encode_read(message), net::Lane::kBlocks, priority));
  co_return decode_bytes(message, Buffer(std::move(answer)));
}

Task<void> Replicas::read_into(Replicas& replicas, std::shared_ptr<ReadRace> race, NodeId node, ReadMessage message,
                               net::Priority priority) {
  // Duties in the background are few.
  const bool counted = priority == net::Priority::kNormal;
  ReadLine& line = replicas.read_budget_.line_to(node);
  if (counted) {
    ++race->in_line;
    co_await line.bytes.acquire(message.length);
    --race->in_line;
    race->changed.notify_all();
  }
  Result<Buffer> bytes = fail(ErrorKind::kClosed, "not wanted any more");
  if (!race->bytes) bytes = co_await replicas.read_at(node, message, priority);
  if (counted) line.release(message.length);
  --race->running;
  if (bytes) {
    if (!race->bytes) race->bytes = std::move(*bytes);
  } else if (bytes.error().kind != ErrorKind::kNotFound) {
    race->error = std::move(bytes).error();
  }
  race->changed.notify_all();
}

Task<Result<Buffer>> Replicas::read_from(std::vector<NodeId> nodes, ReadMessage message, net::Priority priority) {
  nodes = caller_.nearest_first(std::move(nodes));
  auto race = std::make_shared<ReadRace>();
  runtime::Loop* loop = runtime::Loop::current();
  size_t next = 0;
  int waited_in_line = 0;
  while (!race->bytes && (next < nodes.size() || race->running > 0)) {
    if (next < nodes.size() && (race->running == 0 || race->impatient)) {
      race->impatient = false;
      ++race->running;
      detached_.spawn(read_into(*this, race, nodes[next++], message, priority));
      if (race->bytes) break;
    }
    if (race->running == 0) continue;
    const runtime::TimerId timer = lose_patience_after(options_.hedge_after, race);
    co_await race->changed.wait();
    loop->cancel(timer);
    if (!race->impatient || race->in_line == 0) continue;
    const ReadLine& line = read_budget_.line_to(nodes[next - 1]);
    const bool moves = loop->now() - line.moved <= kLineMoves * options_.hedge_after;
    if (moves && ++waited_in_line < kPatienceInLine) race->impatient = false;
  }
  if (race->bytes) co_return std::move(*race->bytes);
  if (race->error) {
    co_return fail(ErrorKind::kUnavailable, fmt::format("block {}: {}", message.hash.hex(), race->error->message));
  }
  co_return fail(ErrorKind::kNotFound, fmt::format("block {} is nowhere", message.hash.hex()));
}

Task<Result<Buffer>> Replicas::read(BlockHash hash, uint64_t offset, uint64_t length) {
  BlockSets sets = placement_.sets_for(hash);
  if (own_ != nullptr) {
    auto bytes = co_await own_->read({hash, offset, length});
    if (bytes) co_return bytes;
    const ErrorKind kind = bytes.error().kind;
    if (kind == ErrorKind::kClosed) co_return bytes;
    if (is_mine(sets) && on_missing_) on_missing_(hash);
  }
  std::erase(sets.read, self_);
  const uint64_t bounded = std::min<uint64_t>(length, kPeerBlockBytesMax);
  co_return co_await read_from(std::move(sets.read), {hash, offset, bounded}, net::Priority::kNormal);
}

}  // namespace garage::block
