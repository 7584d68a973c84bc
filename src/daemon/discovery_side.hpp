// Discovery, wired: which directories the settings name, where this node is, whom the layout misses, and the mesh that
// is told of who was found.
//
// Ownership: borrows what it is given. Threads: the first loop.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "admin/layout_keeper.hpp"
#include "cluster/mesh.hpp"
#include "config/settings.hpp"
#include "discovery/finder.hpp"
#include "discovery/kubernetes.hpp"
#include "env/env.hpp"

namespace garage::daemon {

class DiscoverySide {
 public:
  struct Parts {
    env::Env& env;
    const config::Settings& settings;
    NodeId self;
    std::string hostname;
    std::string own_address;  // "ip:port", where the settings do not say it; may be empty
    discovery::KubernetesPlace kubernetes;
    cluster::Mesh& mesh;
    admin::LayoutKeeper& layout;
  };
  // kInvalid: a setting makes no sense.
  static Result<std::unique_ptr<DiscoverySide>> create(Parts parts);

  void start();
  // Takes this node's entries away.
  Task<void> stop();
  // After the mesh has stopped.
  Task<void> settle();

 private:
  explicit DiscoverySide(Parts parts) : parts_(std::move(parts)) {}
  void add(std::unique_ptr<discovery::Discovery> directory);
  Task<Result<discovery::Announcement>> self();
  bool somebody_missing() const;
  Task<void> found(discovery::FoundNode node);

  Parts parts_;
  std::vector<std::unique_ptr<discovery::Finder>> finders_;
};

}  // namespace garage::daemon
