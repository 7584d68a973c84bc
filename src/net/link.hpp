// A connection after the handshake: frames of streams in and out, by whoever asks and whoever answers. What belongs to
// the link itself (pings, the reason of its end) is dealt with here.
//
// Ownership: shared by what works on it; every call keeps it alive until it returns. Somebody must be in receive() for
// pings to work. Threads:   one loop. One receiver; any number of senders, the most urgent served first, a send is
// never split by another.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/result.hpp"
#include "env/network.hpp"
#include "net/frame_reader.hpp"
#include "net/peer_info.hpp"
#include "net/send_queue.hpp"
#include "runtime/future.hpp"
#include "runtime/task_group.hpp"

namespace garage::net {

class Link : public std::enable_shared_from_this<Link> {
 public:
  // `dialled`: we opened it, so our streams are odd. The reader may hold bytes already; it reads from `stream`.
  Link(std::unique_ptr<env::Stream> stream, FrameReader reader, PeerInfo peer, bool dialled, Duration write_timeout);

  // The next frame of a stream (never of stream 0); its payload is valid until the next call. kTimeout leaves the link
  // usable, any other error has ended it: kClosed, kCorrupt, or what the peer said.
  Task<Result<Frame>> receive(MonotonicTime deadline);
  // Sends frames one after another, as urgently as the first of them says; payloads are borrowed until it returns. An
  // error ends the link.
  Task<Result<void>> send(std::span<const Frame> frames);
  // The time of an echo. kTimeout leaves the link usable.
  Task<Result<Duration>> ping(MonotonicTime deadline);

  // The peer hears that nothing more comes from us, after all that was sent; it is expected to close. Later sends
  // return kClosed.
  void finish();
  // Now; pending calls return kClosed.
  void close();
  // The same, after the peer was told why. For the receiver, between two calls of receive().
  Task<void> close_with(Error reason);

  // To live on another loop, before the first call: leave_loop() here, then enter_loop() there, before anything else.
  Result<void> leave_loop() { return stream_->leave_loop(); }
  Result<void> enter_loop() { return stream_->enter_loop(); }

  bool open() const { return open_; }
  bool dialled() const { return dialled_; }
  const PeerInfo& peer() const { return peer_; }
  // May the peer open this stream?
  bool is_theirs(uint32_t stream) const { return stream != 0 && (stream % 2 == 1) != dialled_; }

 private:
  using EchoPromise = runtime::Promise<Result<void>>;
  struct Ping {
    uint64_t number;
    std::optional<EchoPromise> echo;
  };

  Result<void> control(const Frame& frame);
  void answer_ping(std::string_view payload);
  static Task<void> echo(std::shared_ptr<Link> self);
  static Task<void> send_ping(std::shared_ptr<Link> self, uint64_t number);
  void settle_ping(uint64_t number, Result<void> outcome);

  std::unique_ptr<env::Stream> stream_;
  FrameReader reader_;
  PeerInfo peer_;
  bool dialled_;
  Duration write_timeout_;
  bool open_ = true;
  bool finished_ = false;  // nothing more goes out
  SendQueue senders_;
  std::optional<std::string> echo_due_;  // the latest ping not answered yet; one is enough to show life
  bool echoing_ = false;
  std::deque<Ping> pings_;
  uint64_t last_ping_ = 0;
  runtime::TaskGroup background_;
};

}  // namespace garage::net
