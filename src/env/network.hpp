// Byte streams between machines as a dependency: sockets in the real world, queues with delay and loss of connection in
// the simulator.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "runtime/loop.hpp"
#include "runtime/task.hpp"

namespace garage::env {

// "ip:port", "[ipv6]:port", or a path that begins with "/" (a Unix socket).
struct Address {
  std::string text;
  friend auto operator<=>(const Address&, const Address&) = default;
};

// One connection. Belongs to the loop it was made on; one reader and one writer at a time, which may overlap.
// Buffers stay valid until the awaited call returns.
class Stream {
 public:
  virtual ~Stream() = default;  // closes

  // At least one byte; 0 means the peer has finished sending. kTimeout leaves the stream usable; other errors end it.
  virtual Task<Result<size_t>> read_some(std::span<char> out, MonotonicTime deadline) = 0;
  // All pieces, one after another, without copying them first. After kTimeout a part may have been sent: end the
  // stream.
  virtual Task<Result<void>> write_all(std::span<const std::string_view> pieces, MonotonicTime deadline) = 0;
  // No more bytes from us; the peer reads the end.
  virtual void finish_writing() = 0;
  // Ends both directions now; pending calls return kClosed.
  virtual void close() = 0;
  virtual Address peer_address() const = 0;

  // To live on another loop: leave_loop() on the present one, with no call pending, then enter_loop() on the other,
  // before anything else. After an error the stream is closed. Where loops do not matter there is nothing to do.
  virtual Result<void> leave_loop() { return {}; }
  virtual Result<void> enter_loop() { return {}; }
};

class Listener {
 public:
  virtual ~Listener() = default;  // stops listening
  // kClosed after close(). Errors of a single connection are not reported.
  virtual Task<Result<std::unique_ptr<Stream>>> accept() = 0;
  // No more connections begin; close() resets those that have begun and were not accepted. So: turn away, go on
  // accepting for as long as this says, then close.
  virtual Duration turn_away() { return {}; }
  virtual void close() = 0;
  virtual Address local_address() const = 0;
};

struct ListenOptions {
  bool share_port = false;  // several loops listen at the same address, the kernel spreads connections (SO_REUSEPORT)
  uint32_t unix_socket_mode = 0222;
};

class Network {
 public:
  virtual ~Network() = default;
  // Call on the loop that will own what is returned. kExists if the address is taken, kInvalid if it can't be parsed.
  virtual Result<std::unique_ptr<Listener>> listen(Address address, ListenOptions options) = 0;
  // kUnavailable if nobody listens there.
  virtual Task<Result<std::unique_ptr<Stream>>> connect(Address address, MonotonicTime deadline) = 0;
  // The same, from this address of ours ("ip:0": any port). Where there is but one address, it does not matter.
  virtual Task<Result<std::unique_ptr<Stream>>> connect_from(Address from, Address address, MonotonicTime deadline);
  // "host:port" to addresses, in the resolver's order. kInvalid without a host or a port, kNotFound if the name is not
  // known, kUnavailable if nobody has said by the deadline (or within some seconds).
  virtual Task<Result<std::vector<Address>>> resolve(std::string host_and_port, MonotonicTime deadline) = 0;
};

inline Task<Result<std::unique_ptr<Stream>>> Network::connect_from(Address, Address address, MonotonicTime deadline) {
  return connect(std::move(address), deadline);
}

}  // namespace garage::env
