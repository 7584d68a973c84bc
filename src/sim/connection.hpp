// One simulated byte stream between two lives: what TCP and the two kernels would do. Streams are its two handles.
//
// Bytes travel in segments that arrive after the link's delay, are sorted by number, and wait where the link is cut or
// the receiving machine has no power; after NetworkFaults::stall_longest of waiting the sender gives up. A machine that
// is up but no longer knows the connection answers with a reset.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "env/network.hpp"
#include "sim/links.hpp"
#include "sim/waiter.hpp"

namespace garage::sim {

class NodeNetwork;
class SimNetwork;

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  struct End {
    NodeNetwork* life = nullptr;
    env::Address peer;
    bool open = true;       // the stream was not closed
    bool broken = false;    // reset, or given up
    bool end_sent = false;  // nothing more from us
    bool end_received = false;
    std::string inbox;
    size_t inbox_read = 0;
    uint64_t unread_bytes = 0;  // sent by us and not yet read by the peer
    Waiter reader;
    Waiter writer;

    size_t available() const { return inbox.size() - inbox_read; }
  };

  Connection(SimNetwork& network, NodeNetwork& client, env::Address server_address, NodeNetwork& server,
             env::Address client_address);

  // side 0 made the connection, side 1 accepted it.
  End& end(int side) { return ends_[side]; }

  void send_bytes(int side, std::string bytes);
  // Takes at most `most` bytes of the inbox and lets the peer send as many more.
  std::string take(int side, size_t most);
  void finish_writing(int side);
  void close(int side);

  // The process of that side died; its kernel tells the peer. (A power cut tells nobody.)
  void process_died(int side);
  // Somebody on the way ends it, for both.
  void reset();
  // Links were opened or a machine came up: what waited travels again.
  void retry();
  bool is_of(const NodeNetwork& life, int side) const { return ends_[side].life == &life; }

 private:
  enum class Kind { kBytes, kEnd, kRead, kReset };
  struct Segment {
    Kind kind = Kind::kBytes;
    std::string bytes;
    uint64_t count = 0;   // kRead: bytes read
    uint64_t number = 0;  // position among all segments of this direction
  };
  // One way of the connection.
  struct Line {
    uint64_t last_number = 0;
    uint64_t delivered = 0;
    Duration busy_until{0};
    std::map<uint64_t, Segment> arrived;  // before their turn
    std::vector<Segment> waiting;         // the link is cut
    bool stall_watched = false;
  };

  void send(int side, Segment segment);
  void travel(int side, Segment segment);
  void arrive(int side, Segment segment);
  void deliver(int side, Segment& segment);
  void watch_stall(int side);
  void break_end(int side);
  NodeIndex node(int side) const;

  SimNetwork& network_;
  End ends_[2];
  Line lines_[2];  // by sending side
};

}  // namespace garage::sim
