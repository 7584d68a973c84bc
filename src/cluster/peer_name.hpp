// How people name a node that is to be found: "<64 hex digits>@<host or ip>:<port>".
#pragma once

#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/result.hpp"

namespace garage::cluster {

inline constexpr size_t kAddressBytesMax = 255;

struct PeerName {
  NodeId id;
  std::string address;  // "host:port", not resolved
};

// kInvalid, with the text in the message.
Result<PeerName> parse_peer_name(std::string_view text);

// May this be an address at all: visible ASCII of a bearable length with a port at its end?
bool is_address(std::string_view text);

// Without the port, and without the brackets of an IPv6 address.
std::string host_of(const std::string& address);

// The first digits of an id, as shown to people.
std::string short_id(const NodeId& id);

}  // namespace garage::cluster
