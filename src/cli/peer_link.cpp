#include "cli/peer_link.hpp"

#include <fmt/format.h>

#include "admin/messages.hpp"
#include "env/connect.hpp"
#include "net/client.hpp"

namespace garage::cli {
namespace {

constexpr Duration kConnectTimeout = 10s;
constexpr Duration kAnswerTimeout = 120s;

// What may be done about a failure to connect.
std::string advice(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kUnavailable:
    case ErrorKind::kClosed:
    case ErrorKind::kTimeout:
      return ". Is `garage server` running there?";
    case ErrorKind::kDenied:
      return ". The command line and the server must have the same rpc_secret, and the server must be the node that is "
             "expected";
    case ErrorKind::kNotFound:
      return ". Check the host name";
    default:
      return "";
  }
}

}  // namespace

PeerLink::~PeerLink() {
  if (!connection_) return;
  [[maybe_unused]] const auto parted = run_(disconnect());
}

Task<Result<std::string>> PeerLink::disconnect() {
  co_await connection_->close();
  connection_.reset();
  co_return std::string();
}

Task<Result<void>> PeerLink::connect_to(std::string address) {
  const MonotonicTime deadline = runtime::Loop::current()->now() + timeout_.value_or(kConnectTimeout);
  CO_TRY(const auto found, co_await env_.network.resolve(address, deadline));
  Error last{ErrorKind::kNotFound, "no address"};
  for (size_t i = 0; i < found.size(); ++i) {
    const MonotonicTime until = env::share_of(runtime::Loop::current()->now(), deadline, found.size() - i);
    auto connection = co_await net::connect_as_client(env_, found[i], target_.id, rpc_secret_, until);
    if (connection) {
      connection_ = std::move(*connection);
      co_return Result<void>{};
    }
    last = connection.error();
  }
  co_return std::unexpected(last);
}

Task<Result<void>> PeerLink::connect() {
  std::optional<Error> first;
  for (const std::string& address : target_.addresses) {
    auto connected = co_await connect_to(address);
    if (connected) co_return Result<void>{};
    if (!first)
      first = Error{connected.error().kind, fmt::format("Unable to reach the garage daemon at {}: {}{}", address,
                                                        connected.error().message, advice(connected.error().kind))};
  }
  co_return std::unexpected(*first);
}

Task<Result<std::string>> PeerLink::exchange(std::string operation, std::string payload) {
  if (!connection_) CO_CHECK_OK(co_await connect());
  const MonotonicTime deadline = runtime::Loop::current()->now() + timeout_.value_or(kAnswerTimeout);
  auto answer = co_await connection_->call(operation, std::move(payload), deadline);
  if (!answer) co_return std::unexpected(answer.error().within(operation));
  co_return answer;
}

std::expected<Json, CallError> PeerLink::call(std::string_view operation, const Json& request) {
  auto text = run_(exchange(std::string(operation), codec::to_json(request)));
  if (!text) return std::unexpected(CallError{"", 0, text.error().message});
  auto reply = admin::decode_reply(*text);
  if (!reply) return std::unexpected(CallError{"", 0, reply.error().message});
  if (*reply) return std::move(**reply);
  auto& error = reply->error();
  return std::unexpected(CallError{error.code, error.status, error.message});
}

}  // namespace garage::cli
