// Ending a connection so that the last words arrive: a system that closes a socket with unread bytes takes back what it
// has sent.
#pragma once

#include "env/network.hpp"

namespace garage::net {

// Says that nothing more is sent, then reads and forgets what still comes, until the peer has finished: at most a
// second, at most until `deadline`, at most 64 KiB.
Task<void> part_politely(env::Stream& stream, MonotonicTime deadline);

}  // namespace garage::net
