// A listening TCP or Unix socket.
//
// Running out of descriptors or memory pauses accepting for a moment and is logged, once a minute; connections wait in
// the kernel's queue meanwhile.
#pragma once

#include <memory>

#include "env/network.hpp"
#include "env/posix/fd_watch.hpp"
#include "env/posix/socket_address.hpp"
#include "runtime/seldom.hpp"

namespace garage::env::posix {

class PosixListener final : public Listener {
 public:
  // `keep` lives as long as the listener (what several listeners share).
  PosixListener(std::shared_ptr<FdWatch> watch, Address local, std::shared_ptr<void> keep);
  ~PosixListener() override;

  Task<Result<std::unique_ptr<Stream>>> accept() override;
  Duration turn_away() override;
  void close() override;
  Address local_address() const override { return local_; }

 private:
  // For the log. A call of accept() may outlive the listener.
  struct Complaints {
    runtime::Seldom exhausted, dropped;
  };
  static std::unique_ptr<Stream> make_stream(UniqueFd fd, const SocketAddress& peer, const Address& local,
                                             Complaints& complaints);

  std::shared_ptr<FdWatch> watch_;
  Address local_;
  std::shared_ptr<void> keep_;
  std::shared_ptr<Complaints> complaints_ = std::make_shared<Complaints>();
};

}  // namespace garage::env::posix
