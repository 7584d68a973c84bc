// What a TLS session expects of its peer and what it found: filled by the verify callback while the handshake runs.
#pragma once

#include <optional>
#include <string>

#include "base/ids.hpp"

namespace garage::net {

struct PeerCheck {
  std::optional<NodeId> expected;
  std::optional<NodeId> found;  // set only when the certificate was accepted
  std::string refusal;          // why not, for people
};

}  // namespace garage::net
