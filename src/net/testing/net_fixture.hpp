// What the tests of this module share: a loop in virtual time, keys, pairs of streams, and two ends at once.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "http/testing/memory_network.hpp"
#include "net/handshake.hpp"
#include "runtime/manual_loop.hpp"
#include "runtime/random.hpp"
#include "runtime/task_group.hpp"

namespace garage::net::testing {

using http::testing::make_stream_pair;
using http::testing::MemoryNetwork;
using http::testing::MemoryStream;

class CountingRandom : public runtime::Random {
 public:
  void fill(std::span<unsigned char> out) override {
    for (unsigned char& byte : out) byte = next_++;
  }

 private:
  unsigned char next_ = 1;
};

inline NodeKey test_key(char seed_byte) {
  return *NodeKey::from_seed(Secret(std::string(32, seed_byte)));
}

inline std::shared_ptr<const Credentials> test_credentials(char seed_byte, const std::string& secret,
                                                           HelloFacts facts) {
  return std::make_shared<const Credentials>(
      Credentials{*TlsIdentity::make(test_key(seed_byte)), Secret(secret), std::move(facts)});
}
inline std::shared_ptr<const Credentials> test_credentials(char seed_byte, const std::string& secret = "a secret") {
  return test_credentials(seed_byte, secret, HelloFacts{});
}

template <class T>
Task<void> store(Task<T> task, std::optional<T>& out) {
  out.emplace(co_await std::move(task));
}

// Runs both at the same time.
template <class A, class B>
Task<std::pair<A, B>> both(Task<A> a, Task<B> b) {
  runtime::TaskGroup group;
  std::optional<A> first;
  std::optional<B> second;
  group.spawn(store(std::move(a), first));
  group.spawn(store(std::move(b), second));
  co_await group.join();
  co_return std::pair<A, B>(std::move(*first), std::move(*second));
}

inline Task<Result<std::string>> read_exactly(env::Stream& stream, size_t size, MonotonicTime deadline) {
  std::string bytes(size, '\0');
  size_t done = 0;
  while (done < size) {
    CO_TRY(const size_t got, co_await stream.read_some(std::span(bytes).subspan(done), deadline));
    if (got == 0) co_return fail(ErrorKind::kClosed, "the end");
    done += got;
  }
  co_return bytes;
}

inline Task<Result<void>> write_text(env::Stream& stream, std::string text, MonotonicTime deadline) {
  const std::array<std::string_view, 1> pieces{text};
  co_return co_await stream.write_all(pieces, deadline);
}

class NetTest : public ::testing::Test {
 protected:
  ~NetTest() override { loop_.run(); }

  MonotonicTime in(Duration delay) { return loop_.now() + delay; }

  runtime::ManualLoop loop_;
  runtime::Loop::Scope scope_{&loop_};
  runtime::TaskGroup background_;
};

}  // namespace garage::net::testing
