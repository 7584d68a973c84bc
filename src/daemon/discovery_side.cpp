#include "daemon/discovery_side.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.hpp"
#include "cluster/peer_name.hpp"
#include "discovery/consul.hpp"
#include "discovery/ip_literal.hpp"
#include "env/host_and_port.hpp"

namespace garage::daemon {
namespace {

Result<discovery::ConsulOptions> consul_options(const config::ConsulSettings& from) {
  auto endpoint = discovery::parse_endpoint(from.consul_http_addr);
  if (!endpoint) return std::unexpected(endpoint.error().within("`consul_discovery.consul_http_addr`"));
  const bool by_agent = from.api == config::ConsulApi::kAgent;
  return discovery::ConsulOptions{.api = by_agent ? discovery::ConsulApi::kAgent : discovery::ConsulApi::kCatalog,
                                  .endpoint = std::move(*endpoint),
                                  .trust = {.authorities = from.ca_cert,
                                            .certificate = from.client_cert,
                                            .key = from.client_key,
                                            .accept_any_server = from.tls_skip_verify},
                                  .token = from.token,
                                  .service = {.name = from.service_name, .tags = from.tags, .meta = from.meta},
                                  .datacenters = from.datacenters};
}

// Of the addresses that a node can be reached at, as far as the text says it.
bool is_everywhere(std::string_view host) {
  return host == "0.0.0.0" || host == "::";
}

}  // namespace

Result<std::unique_ptr<DiscoverySide>> DiscoverySide::create(Parts parts) {
  std::unique_ptr<DiscoverySide> side(new DiscoverySide(std::move(parts)));
  const auto& of = side->parts_;
  if (of.settings.consul.present) {
    if (of.settings.consul.tls_skip_verify)
      LOG_WARN("discovery", "Consul: tls_skip_verify accepts any server, which may then read the token");
    TRY(auto options, consul_options(of.settings.consul));
    side->add(std::make_unique<discovery::Consul>(of.env, of.self, std::move(options)));
  }
  if (of.settings.kubernetes.present) {
    const auto& kubernetes = of.settings.kubernetes;
    side->add(std::make_unique<discovery::Kubernetes>(
        of.env, of.self,
        discovery::KubernetesOptions{.place = of.kubernetes,
                                     .kubernetes_namespace = kubernetes.kubernetes_namespace,
                                     .service_name = kubernetes.service_name,
                                     .skip_crd = kubernetes.skip_crd}));
  }
  return side;
}

void DiscoverySide::add(std::unique_ptr<discovery::Discovery> directory) {
  finders_.push_back(std::make_unique<discovery::Finder>(
      std::move(directory),
      discovery::FinderParts{.random = parts_.env.random,
                             .self = [this] { return self(); },
                             .somebody_missing = [this] { return somebody_missing(); },
                             .found = [this](discovery::FoundNode node) { return found(std::move(node)); }}));
}

void DiscoverySide::start() {
  for (auto& finder : finders_) finder->start();
}

Task<void> DiscoverySide::stop() {
  runtime::TaskGroup stopping;
  for (auto& finder : finders_) stopping.spawn(finder->stop());
  co_await stopping.join();
}

Task<void> DiscoverySide::settle() {
  for (auto& finder : finders_) co_await finder->settle();
}

// A name is resolved each time: it may come to mean another address while the node runs.
Task<Result<discovery::Announcement>> DiscoverySide::self() {
  const auto& settings = parts_.settings;
  std::string address = parts_.own_address.empty() ? settings.rpc_bind_addr : parts_.own_address;
  if (settings.rpc_public_addr) {
    auto resolved = co_await parts_.env.network.resolve(*settings.rpc_public_addr, MonotonicTime::never());
    if (!resolved) co_return std::unexpected(resolved.error().within("`rpc_public_addr`"));
    if (!resolved->empty()) address = resolved->front().text;
  }
  const auto where = env::split_host_and_port(address);
  if (!where || where->port == 0 || !discovery::is_ip(where->host) || is_everywhere(where->host)) {
    co_return fail(ErrorKind::kNotFound, "the address of this node is not known: set rpc_public_addr");
  }
  co_return discovery::Announcement{
      .id = parts_.self, .hostname = parts_.hostname, .ip = where->host, .port = where->port};
}

bool DiscoverySide::somebody_missing() const {
  const auto layout = parts_.layout.snapshot();
  const auto view = parts_.mesh.view();
  const auto is_up = [&view](const NodeId& id) {
    const auto* peer = view->find(id);
    return peer != nullptr && peer->up;
  };
  const auto up = 1 + std::ranges::count_if(view->peers, [](const cluster::PeerView& peer) { return peer.up; });
  if (layout->current.roles.empty() || static_cast<uint64_t>(up) < parts_.settings.replication_factor) return true;
  return std::ranges::any_of(layout->current.roles,
                             [&](const auto& role) { return role.first != parts_.self && !is_up(role.first); });
}

Task<void> DiscoverySide::found(discovery::FoundNode node) {
  const auto view = parts_.mesh.view();
  const auto* peer = view->find(node.id);
  if (peer != nullptr && peer->up) co_return;
  const auto reached = co_await parts_.mesh.connect(fmt::format("{}@{}", node.id.hex(), node.address));
  if (reached) LOG_INFO("discovery", "found node {} at {}", cluster::short_id(node.id), node.address);
  if (!reached) {
    LOG_DEBUG("discovery", "node {} at {}: {}", cluster::short_id(node.id), node.address, reached.error().message);
  }
}

}  // namespace garage::daemon
