#include "cluster/mesh.hpp"

#include "cluster/mesh_core.hpp"

namespace garage::cluster {

Mesh::Mesh(std::unique_ptr<MeshCore> core) : core_(std::move(core)) {}
Mesh::~Mesh() = default;

Result<std::unique_ptr<Mesh>> Mesh::create(MeshParts parts, MeshOptions options) {
  TRY(auto identity, net::TlsIdentity::make(parts.key));
  return std::unique_ptr<Mesh>(
      new Mesh(std::make_unique<MeshCore>(std::move(parts), std::move(options), std::move(identity))));
}

void Mesh::answer(std::string module, net::RequestHandler& handler) {
  core_->dispatcher().add(std::move(module), handler);
}

void Mesh::answer_admin(net::RequestHandler& handler) {
  core_->dispatcher().set_admin(handler);
}

void Mesh::add_document(Document& document) {
  core_->gossip().add_document(document);
}

void Mesh::start() {
  core_->start();
}

Task<void> Mesh::stop(Duration grace) {
  return core_->stop(grace);
}

Task<void> Mesh::host(std::shared_ptr<net::Link> link) {
  return core_->host(std::move(link));
}

Task<Result<std::string>> Mesh::call(NodeId node, std::string operation, std::string payload,
                                     net::CallOptions options) {
  return core_->call(node, std::move(operation), std::move(payload), options);
}

std::vector<NodeId> Mesh::nearest_first(std::vector<NodeId> nodes) const {
  return cluster::nearest_first(*core_->view(), core_->self(), std::move(nodes));
}

bool Mesh::is_up(const NodeId& node) const {
  if (node == core_->self()) return true;
  const auto view = core_->view();
  const PeerView* peer = view->find(node);
  return peer != nullptr && peer->up && !peer->suspected;
}

std::shared_ptr<const ClusterView> Mesh::view() const {
  return core_->view();
}

Task<Result<void>> Mesh::connect(std::string peer_name) {
  return core_->connect(std::move(peer_name));
}

void Mesh::announce() {
  core_->announce();
}

}  // namespace garage::cluster
