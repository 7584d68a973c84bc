// Sockets. Listeners and streams belong to the loop they were made on; this object is shared by all loops.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "env/network.hpp"
#include "env/posix/socket_address.hpp"
#include "env/posix/unique_fd.hpp"
#include "runtime/pool.hpp"

namespace garage::env::posix {

class PosixNetwork final : public Network {
 public:
  // Names are looked up on `resolver`, whose threads may be stuck for as long as a name server is silent.
  explicit PosixNetwork(runtime::Pool& resolver) : resolver_(resolver) {}

  Result<std::unique_ptr<Listener>> listen(Address address, ListenOptions options) override;
  Task<Result<std::unique_ptr<Stream>>> connect(Address address, MonotonicTime deadline) override;
  Task<Result<std::unique_ptr<Stream>>> connect_from(Address from, Address address, MonotonicTime deadline) override;
  Task<Result<std::vector<Address>>> resolve(std::string host_and_port) override;

 private:
  Result<std::shared_ptr<UniqueFd>> shared_unix_socket(const std::string& path, const SocketAddress& where,
                                                       ListenOptions options);

  runtime::Pool& resolver_;
  // SO_REUSEPORT does not exist for Unix sockets: loops that share one hold duplicates of the same descriptor.
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<UniqueFd>> unix_sockets_;  // guarded by mutex_
};

}  // namespace garage::env::posix
