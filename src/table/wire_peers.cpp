#include "table/wire_peers.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "table/envelope.hpp"
#include "table/operations.hpp"
#include "telemetry/span_context.hpp"

namespace garage::table {
namespace {

constexpr size_t kBatchBytesMax = 256u << 10;  // what is larger goes alone

}  // namespace

Task<Result<Reply>> WirePeers::call(NodeId node, std::shared_ptr<const Request> request, MonotonicTime deadline) {
  std::string encoded = encode_request(*request);
  if (encoded.size() > kTableMessageBytesMax) co_return fail(ErrorKind::kInvalid, "a row with too much beside it");
  auto [promise, future] = runtime::make_future<Result<std::string>>();
  enqueue({node, request->operation}, {std::move(encoded), deadline, std::move(promise)});
  CO_TRY(const std::string bytes, co_await std::move(future));
  co_return decode_reply(request->key, bytes);
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

Task<void> WirePeers::send(NodeId node, std::vector<Waiting> batch) {
  std::vector<std::string> requests;
  net::CallOptions options{.deadline = batch.front().deadline, .priority = priority_};
  for (Waiting& waiting : batch) {
    options.deadline = std::max(options.deadline, waiting.deadline);
    requests.push_back(std::move(waiting.encoded));
  }
  auto answer = co_await caller_.call(node, std::string(kCallOperation), enclose_requests(requests), options);
  auto replies = answer ? open_replies(*answer, batch.size()) : std::unexpected(std::move(answer).error());
  for (size_t i = 0; i < batch.size(); ++i) {
    batch[i].answer.set(replies ? std::move((*replies)[i]) : std::unexpected(replies.error()));
  }
}

}  // namespace garage::table
