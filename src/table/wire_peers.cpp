#include "table/wire_peers.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "table/envelope.hpp"
#include "table/operations.hpp"
#include "telemetry/span_context.hpp"

namespace garage::table {
namespace {

constexpr size_t kBatchBytesMax = 256u << 10;  // what is larger goes alone
constexpr size_t kBytesBeside = 2048;          // what waits costs so much besides: its round, its frames

}  // namespace

Task<Result<Reply>> WirePeers::call(NodeId node, std::shared_ptr<const Request> request, MonotonicTime deadline) {
  std::string encoded = encode_request(*request);
  if (encoded.size() > kTableMessageBytesMax) co_return fail(ErrorKind::kInvalid, "a row with too much beside it");
  // Nothing else carries more than a key.
  const size_t counted = request->operation == Operation::kInstall ? encoded.size() + kBytesBeside : 0;
  if (!reserve(node, counted)) co_return fail(ErrorKind::kOverloaded, "too much waits for the node already");
  auto [promise, future] = runtime::make_future<Result<std::string>>();
  enqueue({node, request->operation}, {std::move(encoded), deadline, std::move(promise)});
  const auto answer = co_await std::move(future);
  release(node, counted);
  if (!answer) co_return std::unexpected(answer.error());
  co_return decode_reply(request->key, *answer);
}

bool WirePeers::reserve(const NodeId& node, size_t bytes) {
  if (bytes == 0) return true;
  std::lock_guard lock(mutex_);
  size_t& unanswered = unanswered_[node];
  if (unanswered > 0 && unanswered + bytes > options_.unanswered_install_bytes_max) {
    ++held_back_;
    return false;
  }
  unanswered += bytes;
  return true;
}

void WirePeers::release(const NodeId& node, size_t bytes) {
  if (bytes == 0) return;
  std::lock_guard lock(mutex_);
  const auto found = unanswered_.find(node);
  ASSERT(found != unanswered_.end() && found->second >= bytes, "what was reserved is released once");
  found->second -= bytes;
  if (found->second == 0) unanswered_.erase(found);
}

WirePeers::Outgoing& WirePeers::outgoing(runtime::Loop* loop) {
  ASSERT(loop, "calls are made on a loop");
  std::lock_guard lock(mutex_);
  auto& slot = loops_[loop];
  if (!slot) slot = std::make_unique<Outgoing>();
  return *slot;
}

void WirePeers::enqueue(Line line, Waiting waiting) {
  runtime::Loop* loop = runtime::Loop::current();
  Outgoing& out = outgoing(loop);
  auto& batch = out.waiting[line];
  size_t& bytes = out.bytes[line];
  if (!batch.empty() && bytes + waiting.encoded.size() > kBatchBytesMax) flush(line);
  const bool first = batch.empty();
  bytes = (first ? 0 : bytes) + waiting.encoded.size();
  batch.push_back(std::move(waiting));
  if (batch.size() == kEnvelopeRequestsMax) {
    flush(line);
  } else if (first) {
    // All that goes together counts to the first span.
    loop->post([this, line, span = telemetry::current_span] {
      const telemetry::ContextGuard guard(span);
      flush(line);
    });
  }
}

void WirePeers::flush(Line line) {
  auto& batch = outgoing(runtime::Loop::current()).waiting[line];
  if (!batch.empty()) background_.spawn(send(line.first, std::exchange(batch, {})));
}

// The message is all that is kept of them while they are on their way.
std::string WirePeers::enclose(std::vector<Waiting>& batch) {
  std::vector<std::string> requests;
  for (Waiting& waiting : batch) requests.push_back(std::move(waiting.encoded));
  return enclose_requests(requests);
}

Task<void> WirePeers::send(NodeId node, std::vector<Waiting> batch) {
  net::CallOptions options{.deadline = batch.front().deadline, .priority = options_.priority};
  for (const Waiting& waiting : batch) options.deadline = std::max(options.deadline, waiting.deadline);
  std::string message = enclose(batch);
  auto answer = co_await caller_.call(node, std::string(kCallOperation), std::move(message), options);
  auto replies = answer ? open_replies(*answer, batch.size()) : std::unexpected(std::move(answer).error());
  for (size_t i = 0; i < batch.size(); ++i) {
    batch[i].answer.set(replies ? std::move((*replies)[i]) : std::unexpected(replies.error()));
  }
}

}  // namespace garage::table
