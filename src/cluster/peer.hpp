// What this node knows of another one: where it may be, how it is connected, what it said last.
//
// Threads: the mesh's loop.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "cluster/node_status.hpp"
#include "cluster/service_time.hpp"
#include "cluster/session.hpp"

namespace garage::cluster {

struct Peer {
  NodeId id;
  std::vector<std::string> addresses;   // the best first
  std::vector<std::string> configured;  // by the administrator: tried always, never forgotten
  bool proven = false;  // it has shown who it is, to this node or to one that told of it: it is no mistyped id

  std::array<std::shared_ptr<Session>, 2> lanes;  // by net::Lane; may have ended
  std::string trouble = {};                       // why it is not connected; it has done so until it is heard again
  std::string twin = {};                          // what to say of another process that has its key; or empty
  MonotonicTime twin_seen = {};
  std::optional<MonotonicTime> refused_at = {};  // one of the two sent the other away: it is there, and wants to come
  bool revokes_us = false;                       // it refuses this node as one that was revoked
  std::optional<MonotonicTime> last_seen = {};
  std::optional<NodeStatus> status = {};
  std::optional<int64_t> clock_distance = {};  // of its clock, see ClusterClock
  MonotonicTime clock_heard = {};
  std::shared_ptr<ServiceTime> service_time = std::make_shared<ServiceTime>();  // of calls, on all loops

  std::optional<MonotonicTime> missed_since = {};  // nothing: it is here, or nobody has looked yet
  bool dialling = false;
  unsigned failures = 0;                         // in a row
  MonotonicTime dial_at = {};                    // not before
  std::string stranger = {};                     // why it does not belong here; empty: it may
  unsigned strange_meetings = 0;                 // with it as a stranger, in a row
  std::optional<MonotonicTime> parting_at = {};  // was revoked or is a stranger, and stays connected until then

  void note_refusal(const Error& error, MonotonicTime now) {
    if (error.kind == ErrorKind::kDenied || error.kind == ErrorKind::kUnsupported) refused_at = now;
  }
  // The open connection of a lane, or null.
  Session* open_lane(net::Lane lane) const {
    const auto& session = lanes[static_cast<size_t>(lane)];
    return session && session->open() ? session.get() : nullptr;
  }
  Session* control() const { return open_lane(net::Lane::kControl); }
};

}  // namespace garage::cluster
