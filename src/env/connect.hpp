// Reaching a name that has several addresses.
#pragma once

#include <memory>
#include <string>

#include "env/network.hpp"

namespace garage::env {

// When to give up the first of so many addresses: a silent one must leave time for the others.
MonotonicTime share_of(MonotonicTime now, MonotonicTime deadline, size_t addresses_left);

// Tries the first few addresses of "host:port" in the resolver's order; the error of the last one. The deadline is of
// all, asking the resolver included. Borrows the network.
Task<Result<std::unique_ptr<Stream>>> connect_by_name(Network& network, std::string host_and_port,
                                                      MonotonicTime deadline);

}  // namespace garage::env
