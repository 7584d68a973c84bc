// A listening TCP or Unix socket.
//
// Running out of descriptors or memory pauses accepting for a moment and is logged; connections wait in the kernel's
// queue meanwhile.
#pragma once

#include <memory>

#include "env/network.hpp"
#include "env/posix/fd_watch.hpp"

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
  std::shared_ptr<FdWatch> watch_;
  Address local_;
  std::shared_ptr<void> keep_;
};

}  // namespace garage::env::posix
