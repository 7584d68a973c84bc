// Making sockets that listen.
#pragma once

#include "base/result.hpp"
#include "env/network.hpp"
#include "env/posix/socket_address.hpp"
#include "env/posix/unique_fd.hpp"

namespace garage::env::posix {

// kExists if the address is taken, kDenied if the system does not allow it; messages name the address.
Result<UniqueFd> listen_tcp(const SocketAddress& where, bool share_port);

// Replaces a socket file that nobody listens at any more. kExists if somebody does, or if the file is something else.
Result<UniqueFd> listen_unix(const SocketAddress& where, uint32_t mode);

// From now on the kernel ignores who wants to connect, as if his packets were lost: he tries again, and finds the
// socket closed. Connections that have begun are not concerned. False where the system has no such thing.
bool drop_new_connections(int fd);

}  // namespace garage::env::posix
