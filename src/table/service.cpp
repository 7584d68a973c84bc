#include "table/service.hpp"

#include <memory>
#include <utility>
#include <vector>

#include "net/peer_info.hpp"
#include "runtime/task_group.hpp"
#include "table/envelope.hpp"
#include "table/operations.hpp"

namespace garage::table {

Task<Result<std::string>> TableService::handle(std::string operation, std::string payload, const net::PeerInfo& who) {
  if (who.is_client()) co_return fail(ErrorKind::kDenied, "only nodes speak of rows");
  co_return co_await answer(std::move(operation), std::move(payload));
}

Task<Result<std::string>> TableService::answer(std::string operation, std::string payload) {
  if (operation == kCallOperation) co_return co_await answer_calls(std::move(payload));
  const auto found = answerers_.find(operation);
  if (found == answerers_.end()) co_return fail(ErrorKind::kUnsupported, "an operation that this node does not know");
  co_return co_await found->second->answer(std::move(payload));
}

// All at once: they share a batch of the commit queue.
Task<Result<std::string>> TableService::answer_calls(std::string payload) {
  CO_TRY(const auto requests, open_requests(payload));
  std::vector<Result<std::string>> replies(requests.size());
  runtime::TaskGroup group;
  for (size_t i = 0; i < requests.size(); ++i) group.spawn(answer_into(requests[i], &replies[i]));
  co_await group.join();
  size_t bytes = 0;
  for (auto& reply : replies) {
    if (reply) bytes += reply->size();
    if (reply && bytes > kTableMessageBytesMax) reply = fail(ErrorKind::kOverloaded, "too much for one answer");
  }
  co_return enclose_replies(replies);
}

Task<void> TableService::answer_into(std::string_view encoded, Result<std::string>* out) {
  *out = co_await answer_call(encoded);
}

// `encoded` views into the payload that answer_calls() holds.
Task<Result<std::string>> TableService::answer_call(std::string_view encoded) {
  CO_TRY(Request decoded, decode_request(encoded));
  Replica* replica = replicas_[static_cast<size_t>(decoded.family)];
  if (!replica) co_return fail(ErrorKind::kUnsupported, "rows that this node does not keep");
  auto request = std::make_shared<const Request>(std::move(decoded));
  CO_TRY(const Reply reply, co_await replica->handle(request));
  co_return encode_reply(request->key, reply);
}

}  // namespace garage::table
