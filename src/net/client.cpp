#include "net/client.hpp"

#include "net/handshake.hpp"

namespace garage::net {

Task<Result<std::unique_ptr<Connection>>> connect_as_client(env::Env& env, env::Address address, NodeId expected,
                                                            Secret rpc_secret, MonotonicTime deadline,
                                                            std::string host) {
  return connect_as_client(env.random, env.network, std::move(address), expected, std::move(rpc_secret), deadline,
                           std::move(host));
}

Task<Result<std::unique_ptr<Connection>>> connect_as_client(runtime::Random& random, env::Network& network,
                                                            env::Address address, NodeId expected, Secret rpc_secret,
                                                            MonotonicTime deadline, std::string host) {
  CO_TRY(const NodeKey key, NodeKey::generate(random));
  CO_TRY(auto identity, TlsIdentity::make(key));
  auto self = std::make_shared<const Credentials>(Credentials{
      std::move(identity), std::move(rpc_secret), HelloFacts{.role = Role::kClient, .boot_id = random.id<Uuid>()}});
  CO_TRY(auto stream, co_await network.connect(std::move(address), deadline));
  CO_TRY(auto link, co_await dial_link(std::move(stream), std::move(self), expected, std::move(host), deadline));
  co_return std::make_unique<Connection>(std::move(link));
}

}  // namespace garage::net
