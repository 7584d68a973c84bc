// A network of one machine in memory, for tests: whoever listens at an address is reached by whoever connects to it.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>

#include "env/network.hpp"
#include "http/testing/memory_stream.hpp"
#include "runtime/signal.hpp"

namespace garage::http::testing {

class MemoryListener : public env::Listener {
 public:
  explicit MemoryListener(env::Address address) : address_(std::move(address)) {}

  Task<Result<std::unique_ptr<env::Stream>>> accept() override {
    while (waiting_.empty() && !closed_) co_await changed_.wait();
    if (closed_) co_return fail(ErrorKind::kClosed, "closed");
    auto stream = std::move(waiting_.front());
    waiting_.pop_front();
    co_return stream;
  }
  Duration turn_away() override {
    turned_away_ = true;
    return patience_;
  }
  void close() override {
    closed_ = true;
    waiting_.clear();
    if (runtime::Loop::current()) changed_.notify_all();
  }
  env::Address local_address() const override { return address_; }

  bool closed() const { return closed_; }
  bool turned_away() const { return turned_away_; }
  // What turn_away() answers.
  void set_patience(Duration patience) { patience_ = patience; }
  size_t waiting() const { return waiting_.size(); }
  void arrive(std::unique_ptr<env::Stream> stream) {
    waiting_.push_back(std::move(stream));
    if (runtime::Loop::current()) changed_.notify_all();
  }

 private:
  env::Address address_;
  std::deque<std::unique_ptr<env::Stream>> waiting_;
  bool closed_ = false, turned_away_ = false;
  Duration patience_{0};
  runtime::Signal changed_;
};

class MemoryNetwork : public env::Network {
 public:
  Result<std::unique_ptr<env::Listener>> listen(env::Address address, env::ListenOptions) override {
    auto listener = std::make_unique<MemoryListener>(address);
    listeners_[address.text] = listener.get();
    return listener;
  }

  Task<Result<std::unique_ptr<env::Stream>>> connect(env::Address address, MonotonicTime) override {
    auto stream = dial(address, env::Address{"10.0.0.1:1000"});
    if (!stream) co_return fail(ErrorKind::kUnavailable, "nobody listens");
    co_return std::unique_ptr<env::Stream>(std::move(stream));
  }

  Task<Result<std::vector<env::Address>>> resolve(std::string host_and_port, MonotonicTime) override {
    co_return std::vector<env::Address>{{host_and_port}};
  }

  // The client's end of a new connection that comes from `from`; null if nobody listens.
  std::unique_ptr<MemoryStream> dial(const env::Address& address, const env::Address& from) {
    const auto found = listeners_.find(address.text);
    if (found == listeners_.end() || found->second->closed()) return nullptr;
    auto [client, server] = make_stream_pair(from, address);
    found->second->arrive(std::move(server));
    return std::move(client);
  }
  MemoryListener& listener(const std::string& address) { return *listeners_.at(address); }

 private:
  std::map<std::string, MemoryListener*> listeners_;  // the server owns them and outlives every call
};

}  // namespace garage::http::testing
