// Two ends of a byte stream in memory, for tests: bounded both ways, deadlines in the time of the loop that runs them.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "env/network.hpp"
#include "runtime/loop.hpp"
#include "runtime/signal.hpp"

namespace garage::http::testing {

// One direction.
struct Pipe {
  std::string data;
  size_t capacity = 64 * 1024;
  size_t read_bytes_max = SIZE_MAX;  // a read gives no more than this, as a network may
  bool finished = false;             // nothing more is written
  bool abandoned = false;            // nobody will read
  runtime::Signal changed;

  void wake() {
    if (runtime::Loop::current()) changed.notify_all();  // without a loop nobody waits
  }
};

class MemoryStream : public env::Stream {
 public:
  MemoryStream(std::shared_ptr<Pipe> in, std::shared_ptr<Pipe> out, env::Address peer)
      : in_(std::move(in)), out_(std::move(out)), peer_(std::move(peer)) {}
  ~MemoryStream() override { close(); }

  Task<Result<size_t>> read_some(std::span<char> out, MonotonicTime deadline) override {
    auto pipe = in_;
    for (;;) {
      if (pipe->abandoned) co_return fail(ErrorKind::kClosed, "closed");
      if (!pipe->data.empty()) {
        const size_t size = std::min({out.size(), pipe->data.size(), pipe->read_bytes_max});
        std::memcpy(out.data(), pipe->data.data(), size);
        pipe->data.erase(0, size);
        pipe->wake();
        co_return size;
      }
      if (pipe->finished) co_return size_t{0};
      if (runtime::Loop::current()->now() >= deadline) co_return fail(ErrorKind::kTimeout, "deadline");
      co_await wait(pipe, deadline);
    }
  }

  Task<Result<void>> write_all(std::span<const std::string_view> pieces, MonotonicTime deadline) override {
    auto pipe = out_;
    ++writes_;
    for (std::string_view piece : pieces) {
      while (!piece.empty()) {
        if (pipe->abandoned || pipe->finished) co_return fail(ErrorKind::kClosed, "closed");
        const size_t size = std::min(piece.size(), pipe->capacity - std::min(pipe->capacity, pipe->data.size()));
        pipe->data.append(piece.substr(0, size));
        piece.remove_prefix(size);
        if (size > 0) pipe->wake();
        if (piece.empty()) break;
        if (runtime::Loop::current()->now() >= deadline) co_return fail(ErrorKind::kTimeout, "deadline");
        co_await wait(pipe, deadline);
      }
    }
    co_return Result<void>();
  }

  void finish_writing() override {
    out_->finished = true;
    out_->wake();
  }
  void close() override {
    in_->abandoned = true;
    in_->wake();
    finish_writing();
  }
  env::Address peer_address() const override { return peer_; }

  // For a test that plays one end by hand, without waiting: all bytes at once, whatever the capacity.
  void push(std::string_view bytes) {
    out_->data.append(bytes);
    out_->wake();
  }
  std::string take() {
    std::string bytes = std::exchange(in_->data, {});
    in_->wake();
    return bytes;
  }
  // The other end has closed or will write no more.
  bool peer_finished() const { return in_->finished; }
  // The other end has closed for good.
  bool peer_gone() const { return out_->abandoned; }
  size_t write_calls() const { return writes_; }
  Pipe& in() { return *in_; }
  Pipe& out() { return *out_; }

 private:
  static Task<void> wait(std::shared_ptr<Pipe> pipe, MonotonicTime deadline) {
    runtime::Loop& loop = *runtime::Loop::current();
    runtime::TimerId timer = 0;
    if (deadline != MonotonicTime::never()) timer = loop.call_after(deadline - loop.now(), [pipe] { pipe->wake(); });
    co_await pipe->changed.wait();
    if (timer != 0) loop.cancel(timer);
  }

  std::shared_ptr<Pipe> in_;
  std::shared_ptr<Pipe> out_;
  env::Address peer_;
  size_t writes_ = 0;
};

using StreamPair = std::pair<std::unique_ptr<MemoryStream>, std::unique_ptr<MemoryStream>>;

inline StreamPair make_stream_pair(env::Address first = {"10.0.0.1:1000"}, env::Address second = {"10.0.0.2:80"}) {
  auto forth = std::make_shared<Pipe>();
  auto back = std::make_shared<Pipe>();
  return {std::make_unique<MemoryStream>(back, forth, second), std::make_unique<MemoryStream>(forth, back, first)};
}

}  // namespace garage::http::testing
