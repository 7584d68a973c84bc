// Settings that other nodes push, let in from nodes of this cluster only: two clusters that share a secret and meet by
// mistake must not get each other's buckets and keys before they have found out.
//
// Ownership: borrows all. Threads: any.
#pragma once

#include <string>
#include <utility>

#include "admin/layout_keeper.hpp"
#include "cluster/mesh.hpp"
#include "net/server.hpp"

namespace garage::daemon {

class SettingsGate final : public net::RequestHandler {
 public:
  SettingsGate(net::RequestHandler& behind, const admin::LayoutKeeper& layout, const cluster::Mesh& mesh)
      : behind_(behind), layout_(layout), mesh_(mesh) {}

  Task<Result<std::string>> handle(std::string operation, std::string payload, const net::PeerInfo& who) override {
    if (!is_ours(who.id)) return refuse();
    return behind_.handle(std::move(operation), std::move(payload), who);
  }

 private:
  // Who has not told its cluster yet brings the settings again, with the gossip.
  bool is_ours(const NodeId& node) const {
    const auto view = mesh_.view();
    const cluster::PeerView* peer = view->find(node);
    return peer != nullptr && peer->status && cluster::is_of_cluster(*peer->status, layout_.cluster());
  }
  static Task<Result<std::string>> refuse() {
    co_return fail(ErrorKind::kUnavailable, "settings are taken from nodes of the same cluster only");
  }

  net::RequestHandler& behind_;
  const admin::LayoutKeeper& layout_;
  const cluster::Mesh& mesh_;
};

}  // namespace garage::daemon
