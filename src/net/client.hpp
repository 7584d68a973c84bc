// Dialling a node as a command line does: with a throw-away key, authorised by the RPC secret and the knowledge of the
// node's id.
#pragma once

#include <memory>
#include <string>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "env/env.hpp"
#include "net/connection.hpp"

namespace garage::net {

// `host` is the name that was dialled, for a proxy that routes by it; empty sends none. kUnavailable: nobody listens
// there. kDenied: it is another node than `expected`, or the secret differs. kUnsupported: no common protocol.
// kTimeout: not done before the deadline.
Task<Result<std::unique_ptr<Connection>>> connect_as_client(env::Env& env, env::Address address, NodeId expected,
                                                            Secret rpc_secret, MonotonicTime deadline,
                                                            std::string host = {});
Task<Result<std::unique_ptr<Connection>>> connect_as_client(runtime::Random& random, env::Network& network,
                                                            env::Address address, NodeId expected, Secret rpc_secret,
                                                            MonotonicTime deadline, std::string host = {});

}  // namespace garage::net
