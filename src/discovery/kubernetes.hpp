// Discovery through custom resources of the Kubernetes API server this node's pod belongs to: a GarageNode for each
// node, under the node's id, labelled with the service.
//
// The definition of the resource (CRD) is read first, and created only where it is missing and this is wanted; a
// service account that may do neither is enough once an administrator has applied deploy/kubernetes/crd.yaml. Entries
// are renewed by publish(); look_up() leaves out those that were not for five minutes and deletes those that were not
// for an hour.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "discovery/api_client.hpp"
#include "discovery/discovery.hpp"
#include "discovery/kubernetes_objects.hpp"

namespace garage::discovery {

// Where the API server is, and where a pod finds its credentials: `token` (read again for each request, since it is
// renewed) and `ca.crt`.
struct KubernetesPlace {
  std::optional<Endpoint> api_server = {};  // empty outside of a cluster
  std::string credentials_dir = "/var/run/secrets/kubernetes.io/serviceaccount";
  std::optional<Pod> pod = {};
};

// Of the variables KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT that every container has.
std::optional<Endpoint> in_cluster_api_server(std::string host, std::string_view port);

struct KubernetesOptions {
  KubernetesPlace place;
  std::string kubernetes_namespace;
  std::string service_name;
  bool skip_crd = false;
};

class Kubernetes final : public Discovery {
 public:
  Kubernetes(env::Env& env, NodeId self, KubernetesOptions options);

  std::string_view name() const override { return "Kubernetes"; }
  Task<Result<void>> publish(Announcement self) override;
  Task<Result<Findings>> look_up() override;
  Task<Result<void>> withdraw() override;

 private:
  Task<Result<ApiAnswer>> ask(std::string method, std::string target, std::string body);
  Task<Result<void>> ensure_crd();
  Task<Result<void>> create_crd();
  Task<Result<void>> write_entry(Announcement self);
  Task<void> forget(SeenEntry entry);
  std::string entries_path() const;
  std::string own_path() const;
  // What a refusal of a request on entries means here.
  WallTime time_of(const ApiAnswer& answer) const;
  std::unexpected<Error> refused(std::string_view what, const ApiAnswer& answer) const;

  env::Env& env_;
  const NodeId self_;
  const KubernetesOptions options_;
  std::optional<ApiClient> client_;  // empty outside of a cluster
  bool crd_settled_ = false;         // it is there, or not ours to make
  std::string crd_trouble_;          // why we could not make it
};

}  // namespace garage::discovery
