// A TCP or Unix connection. Each call goes straight to the kernel and waits only when the kernel would have waited.
#pragma once

#include <memory>

#include "env/network.hpp"
#include "env/posix/fd_watch.hpp"
#include "env/posix/unique_fd.hpp"

namespace garage::env::posix {

class PosixStream final : public Stream {
 public:
  PosixStream(std::shared_ptr<FdWatch> watch, Address peer);
  ~PosixStream() override;

  Task<Result<size_t>> read_some(std::span<char> out, MonotonicTime deadline) override;
  Task<Result<void>> write_all(std::span<const std::string_view> pieces, MonotonicTime deadline) override;
  void finish_writing() override;
  void close() override;
  Address peer_address() const override { return peer_; }
  Result<void> leave_loop() override;
  Result<void> enter_loop() override;

 private:
  std::shared_ptr<FdWatch> watch_;
  Address peer_;
  UniqueFd between_;  // on its way from one loop to another
};

}  // namespace garage::env::posix
