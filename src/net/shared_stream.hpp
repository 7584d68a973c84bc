// A stream whose owner keeps a handle to close it, whatever has been built on top of it meanwhile.
#pragma once

#include <memory>
#include <utility>

#include "env/network.hpp"

namespace garage::net {

class SharedStream : public env::Stream {
 public:
  explicit SharedStream(std::shared_ptr<env::Stream> stream) : stream_(std::move(stream)) {}
  ~SharedStream() override { stream_->close(); }

  Task<Result<size_t>> read_some(std::span<char> out, MonotonicTime deadline) override {
    return stream_->read_some(out, deadline);
  }
  Task<Result<void>> write_all(std::span<const std::string_view> pieces, MonotonicTime deadline) override {
    return stream_->write_all(pieces, deadline);
  }
  void finish_writing() override { stream_->finish_writing(); }
  void close() override { stream_->close(); }
  env::Address peer_address() const override { return stream_->peer_address(); }
  Result<void> leave_loop() override { return stream_->leave_loop(); }
  Result<void> enter_loop() override { return stream_->enter_loop(); }

 private:
  std::shared_ptr<env::Stream> stream_;
};

}  // namespace garage::net
