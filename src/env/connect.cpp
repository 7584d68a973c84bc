#include "env/connect.hpp"

#include <algorithm>

namespace garage::env {

MonotonicTime share_of(MonotonicTime now, MonotonicTime deadline, size_t addresses_left) {
  if (deadline <= now || addresses_left <= 1) return deadline;
  return now + (deadline - now) / static_cast<Duration::rep>(addresses_left);
}

Task<Result<std::unique_ptr<Stream>>> connect_by_name(Network& network, std::string host_and_port,
                                                      MonotonicTime deadline) {
  constexpr size_t kAddressesMax = 4;
  CO_TRY(auto addresses, co_await network.resolve(std::move(host_and_port), deadline));
  if (addresses.size() > kAddressesMax) addresses.resize(kAddressesMax);
  Error last{ErrorKind::kUnavailable, "the name has no address"};
  for (size_t i = 0; i < addresses.size(); ++i) {
    const MonotonicTime now = runtime::Loop::current()->now();
    auto stream = co_await network.connect(addresses[i], share_of(now, deadline, addresses.size() - i));
    if (stream) co_return stream;
    last = stream.error();
  }
  co_return std::unexpected(last);
}

}  // namespace garage::env
