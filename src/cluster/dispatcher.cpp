#include "cluster/dispatcher.hpp"

#include <fmt/format.h>

namespace garage::cluster {

Task<Result<std::string>> Dispatcher::handle(std::string operation, std::string payload, const net::PeerInfo& who) {
  const size_t slash = operation.find('/');
  net::RequestHandler* handler = admin_;
  if (slash != std::string::npos) {
    if (who.is_client()) co_return fail(ErrorKind::kDenied, "this operation is for nodes only");
    const auto found = handlers_.find(std::string_view(operation).substr(0, slash));
    handler = found == handlers_.end() ? nullptr : found->second;
  }
  if (handler == nullptr)
    co_return fail(ErrorKind::kUnsupported, fmt::format("this node does not know the operation {}", operation));
  co_return co_await handler->handle(std::move(operation), std::move(payload), who);
}

}  // namespace garage::cluster
