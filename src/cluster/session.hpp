// One connection to a peer, and whether the peer still answers on it.
//
// A ping goes out twice a second, whatever else travels: only its echo proves that both ways are open. So a peer that
// is frozen, half gone, or hears but cannot be heard is noticed, by both sides.
//
// Ownership: shared by its run and its users. Threads: one loop.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "base/result.hpp"
#include "base/time.hpp"
#include "cluster/bell.hpp"
#include "net/dialogue.hpp"
#include "runtime/task_group.hpp"

namespace garage::cluster {

struct PingOptions {
  Duration interval = 500ms;
  Duration suspect_after = 1500ms;  // without an answer: others are asked first
  Duration timeout = 10s;           // without an answer: the connection is closed
};

// What is less counts as this: an answer takes its time on the best of lines.
inline constexpr Duration kShortestPingTimeout = 100ms;

// Three pings at least within the timeout. In a large cluster each node pings many others: from 25 peers on less often,
// at last every 3 s. Connections that do not decide whether a peer is there are pinged every 5 s.
PingOptions ping_options(PingOptions wanted, size_t peers, bool decides);

class Session {
 public:
  Session(std::shared_ptr<net::Dialogue> dialogue, net::Lane lane, std::string address, MonotonicTime now)
      : dialogue_(std::move(dialogue)), lane_(lane), address_(std::move(address)), answered_at_(now) {}

  // Until the connection ends; with the reason. Once.
  static Task<Error> run(std::shared_ptr<Session> self, PingOptions options);
  // After run(): resumes when every handler has returned.
  Task<void> join() { return dialogue_->join(); }

  // Does it answer a ping within that time?
  Task<bool> answers(Duration within);
  void close() { dialogue_->close(); }

  net::Dialogue& dialogue() { return *dialogue_; }
  const net::PeerInfo& info() const { return dialogue_->peer(); }
  bool open() const { return dialogue_->open(); }
  bool dialled() const { return dialogue_->dialled(); }
  net::Lane lane() const { return lane_; }
  // Where the peer is at the other end: what was dialled, or what it announced.
  const std::string& address() const { return address_; }
  // Has the peer told its status: does it take this node for one of its peers? Before, it may be about to refuse.
  bool heard() const { return heard_; }
  // True the first time.
  bool note_heard() { return !std::exchange(heard_, true); }
  MonotonicTime answered_at() const { return answered_at_; }
  // Of the last echo; zero before the first.
  Duration round_trip() const { return round_trip_; }

 private:
  static Task<void> watch(std::shared_ptr<Session> self, PingOptions options);
  static Task<void> ping(std::shared_ptr<Session> self, Duration timeout);

  std::shared_ptr<net::Dialogue> dialogue_;
  net::Lane lane_;
  std::string address_;
  MonotonicTime answered_at_;
  Duration round_trip_{0};
  bool heard_ = false;
  bool silent_ = false;  // closed because of that
  Bell ended_;
  runtime::TaskGroup watchers_;
};

}  // namespace garage::cluster
