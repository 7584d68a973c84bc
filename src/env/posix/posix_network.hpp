// Sockets. Listeners and streams belong to the loop they were made on; this object is shared by all loops.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/time.hpp"
#include "env/network.hpp"
#include "env/posix/socket_address.hpp"
#include "env/posix/unique_fd.hpp"
#include "runtime/pool.hpp"

namespace garage::env::posix {

class PosixNetwork final : public Network {
 public:
  // The system's own resolver tries a silent name server for five seconds before it asks the next one.
  static constexpr Duration kLookUpTimeMax = 8s;

  // Names are looked up on `resolver`, whose threads may be stuck for as long as a name server is silent. Whoever asked
  // waits for `look_up_time_max` at most.
  explicit PosixNetwork(runtime::Pool& resolver, Duration look_up_time_max = kLookUpTimeMax)
      : resolver_(resolver), look_up_time_max_(look_up_time_max) {}
  // Look-ups that have not begun never will, and nobody is told what comes of the others.
  ~PosixNetwork() override { presence_->end(); }

  Result<std::unique_ptr<Listener>> listen(Address address, ListenOptions options) override;
  Task<Result<std::unique_ptr<Stream>>> connect(Address address, MonotonicTime deadline) override;
  Task<Result<std::unique_ptr<Stream>>> connect_from(Address from, Address address, MonotonicTime deadline) override;
  Task<Result<std::vector<Address>>> resolve(std::string host_and_port, MonotonicTime deadline) override;

 private:
  Result<std::shared_ptr<UniqueFd>> shared_unix_socket(const std::string& path, const SocketAddress& where,
                                                       ListenOptions options);

  runtime::Pool& resolver_;
  const Duration look_up_time_max_;
  // Of this object, for look-ups that may be under way for longer.
  class Presence {
   public:
    void end() {
      std::lock_guard lock(mutex_);
      over_ = true;
    }
    bool is_over() {
      std::lock_guard lock(mutex_);
      return over_;
    }
    // It does not end meanwhile.
    template <typename Action>
    void unless_over(Action action) {
      std::lock_guard lock(mutex_);
      if (!over_) action();
    }

   private:
    std::mutex mutex_;
    bool over_ = false;  // guarded by mutex_
  };
  const std::shared_ptr<Presence> presence_ = std::make_shared<Presence>();
  // SO_REUSEPORT does not exist for Unix sockets: loops that share one hold duplicates of the same descriptor.
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<UniqueFd>> unix_sockets_;  // guarded by mutex_
};

}  // namespace garage::env::posix
