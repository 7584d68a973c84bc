// The handles of the simulated network that env::Network gives out.
#pragma once

#include <deque>
#include <memory>

#include "env/network.hpp"
#include "sim/connection.hpp"
#include "sim/network.hpp"

namespace garage::sim {

class SimStream final : public env::Stream {
 public:
  SimStream(std::shared_ptr<Connection> connection, int side) : connection_(std::move(connection)), side_(side) {}
  ~SimStream() override { close(); }

  Task<Result<size_t>> read_some(std::span<char> out, MonotonicTime deadline) override;
  Task<Result<void>> write_all(std::span<const std::string_view> pieces, MonotonicTime deadline) override;
  void finish_writing() override { connection_->finish_writing(side_); }
  void close() override { connection_->close(side_); }
  env::Address peer_address() const override { return connection_->end(side_).peer; }

 private:
  std::shared_ptr<Connection> connection_;
  int side_;
};

class SimListener final : public env::Listener {
 public:
  // Registered by NodeNetwork::listen().
  SimListener(NodeNetwork& life, SimNetwork::Place place, env::Address address)
      : life_(life), place_(std::move(place)), address_(std::move(address)) {}
  ~SimListener() override { close(); }

  Task<Result<std::unique_ptr<env::Stream>>> accept() override;
  void close() override;
  env::Address local_address() const override { return address_; }

  // A connection arrives; false if the queue is full.
  bool offer(std::shared_ptr<Connection> connection);
  bool full() const;
  NodeNetwork& life() { return life_; }

 private:
  NodeNetwork& life_;
  SimNetwork::Place place_;
  env::Address address_;
  bool open_ = true;
  std::deque<std::shared_ptr<Connection>> queue_;
  Waiter acceptor_;
};

}  // namespace garage::sim
