// What a mesh is given: waits, bounds, and where to begin.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "cluster/session.hpp"
#include "net/server.hpp"

namespace garage::cluster {

struct MeshOptions {
  std::vector<std::string> bootstrap_peers;  // "id@host:port"; what cannot be understood is only a warning
  std::string peer_list_path;                // empty: nothing is remembered

  std::string dial_from;    // "ip:0": the address of ours to dial from; empty: the system chooses
  std::string own_address;  // told to others where MeshParts::facts have but a port; may be empty

  // Nodes that have no place here any more, whatever they can prove. May be empty. On the mesh's loop.
  std::function<bool(const NodeId&)> is_revoked;
  // Has that node a role? Empty: nobody is known to have one. On the mesh's loop.
  std::function<bool(const NodeId&)> has_role;
  // What tells this cluster from others, at most 64 bytes; empty until it is known. May be empty. On the mesh's loop.
  std::function<std::string()> cluster;

  PingOptions ping;
  Duration dial_timeout = 4s;         // to connect and shake hands at one address
  Duration dial_pause_first = 250ms;  // after a failure; doubles with each
  Duration dial_pause_longest = 30s;
  Duration gossip_interval = 5s;
  Duration tick = 200ms;  // how often this node looks whom it misses
  // One without a role that was not met for so long is not looked for any more.
  Duration strangers_remembered = 24h * 7;

  // Per connection, of what the peer asks.
  net::ServerOptions control_limits{.requests_per_connection_max = 8192, .message_bytes_max = 64u << 20};
  net::ServerOptions block_limits{.requests_per_connection_max = 8192, .message_bytes_max = 256u << 20};
};

}  // namespace garage::cluster
