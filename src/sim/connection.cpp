#include "sim/connection.hpp"

#include <algorithm>
#include <utility>

#include "sim/network.hpp"

namespace garage::sim {

Connection::Connection(SimNetwork& network, NodeNetwork& client, env::Address server_address, NodeNetwork& server,
                       env::Address client_address)
    : network_(network) {
  ends_[0].life = &client;
  ends_[0].peer = std::move(server_address);
  ends_[1].life = &server;
  ends_[1].peer = std::move(client_address);
}

NodeIndex Connection::node(int side) const {
  return ends_[side].life->node();
}

// --- what the two streams do

void Connection::send_bytes(int side, std::string bytes) {
  if (!ends_[side].life->alive()) return;
  ends_[side].unread_bytes += bytes.size();
  const bool lost = node(0) != node(1) && network_.links().chance(network_.links().faults().segment_reset_probability);
  send(side, {.kind = Kind::kBytes, .bytes = std::move(bytes)});
  if (lost) reset();
}

void Connection::reset() {
  for (int side = 0; side < 2; ++side) send(side, {.kind = Kind::kReset, .bytes = {}});
}

std::string Connection::take(int side, size_t most) {
  End& end = ends_[side];
  const size_t count = std::min(most, end.available());
  std::string out = end.inbox.substr(end.inbox_read, count);
  end.inbox_read += count;
  if (end.available() == 0) {
    end.inbox.clear();
    end.inbox_read = 0;
  }
  if (count > 0) send(side, {.kind = Kind::kRead, .bytes = {}, .count = count});
  return out;
}

void Connection::finish_writing(int side) {
  End& end = ends_[side];
  if (end.end_sent || !end.open) return;
  end.end_sent = true;
  if (end.life->alive()) send(side, {.kind = Kind::kEnd, .bytes = {}});
}

void Connection::close(int side) {
  End& end = ends_[side];
  if (!end.open) return;
  // As TCP has it: closing on unread bytes is a reset, otherwise an end after all that was sent.
  if (end.life->alive()) {
    if (end.available() > 0) {
      send(side, {.kind = Kind::kReset, .bytes = {}});
    } else {
      finish_writing(side);
    }
  }
  end.open = false;
  end.reader.wake();
  end.writer.wake();
}

void Connection::process_died(int side) {
  End& end = ends_[side];
  if (end.open && !end.broken) {
    const bool polite = end.available() == 0;
    send(side, {.kind = polite && !end.end_sent ? Kind::kEnd : Kind::kReset, .bytes = {}});
  }
  end.open = false;
}

// --- what the wires and the kernels do

void Connection::send(int side, Segment segment) {
  Line& line = lines_[side];
  segment.number = ++line.last_number;
  travel(side, std::move(segment));
}

void Connection::travel(int side, Segment segment) {
  Line& line = lines_[side];
  Links& links = network_.links();
  const Duration now = network_.scheduler().now();
  const uint64_t bandwidth = node(0) == node(1) ? 0 : links.faults().bandwidth_bytes_per_s;
  line.busy_until = std::max(line.busy_until, now);
  if (bandwidth > 0) {
    line.busy_until += Duration(static_cast<int64_t>(segment.bytes.size() * uint64_t{1'000'000'000} / bandwidth));
  }
  const Duration arrival = line.busy_until + links.delay(node(side), node(1 - side));
  network_.scheduler().at(arrival, nullptr, [self = shared_from_this(), side, moved = std::move(segment)]() mutable {
    self->arrive(side, std::move(moved));
  });
}

void Connection::arrive(int side, Segment segment) {
  Line& line = lines_[side];
  if (!network_.links().open(node(side), node(1 - side)) || network_.is_dark(node(1 - side))) {
    line.waiting.push_back(std::move(segment));
    watch_stall(side);
    return;
  }
  line.arrived.emplace(segment.number, std::move(segment));
  while (!line.arrived.empty() && line.arrived.begin()->first == line.delivered + 1) {
    auto next = line.arrived.extract(line.arrived.begin());
    ++line.delivered;
    deliver(side, next.mapped());
  }
}

void Connection::deliver(int side, Segment& segment) {
  End& receiver = ends_[1 - side];
  const bool unknown = !receiver.open || !receiver.life->alive();
  switch (segment.kind) {
    case Kind::kBytes:
      if (unknown) return send(1 - side, {.kind = Kind::kReset, .bytes = {}});
      receiver.inbox += segment.bytes;
      receiver.reader.wake();
      break;
    case Kind::kEnd:
      receiver.end_received = true;
      receiver.reader.wake();
      break;
    case Kind::kRead:
      receiver.unread_bytes -= segment.count;
      receiver.writer.wake();
      break;
    case Kind::kReset:
      break_end(1 - side);
      break;
  }
}

void Connection::watch_stall(int side) {
  Line& line = lines_[side];
  if (line.stall_watched) return;
  line.stall_watched = true;
  const Duration limit = network_.scheduler().now() + network_.links().faults().stall_longest;
  network_.scheduler().at(limit, nullptr, [weak = weak_from_this(), side] {
    const auto self = weak.lock();
    if (!self) return;
    self->lines_[side].stall_watched = false;
    if (!self->lines_[side].waiting.empty()) self->break_end(side);
  });
}

void Connection::break_end(int side) {
  ends_[side].broken = true;
  ends_[side].reader.wake();
  ends_[side].writer.wake();
}

void Connection::retry() {
  for (int side = 0; side < 2; ++side) {
    for (Segment& segment : std::exchange(lines_[side].waiting, {})) travel(side, std::move(segment));
  }
}

}  // namespace garage::sim
