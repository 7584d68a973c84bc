// The parts of a mesh, and what goes on between them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cluster/dialler.hpp"
#include "cluster/dispatcher.hpp"
#include "cluster/gossip.hpp"
#include "cluster/mesh.hpp"
#include "cluster/peer_list.hpp"
#include "cluster/peer_name.hpp"
#include "cluster/sessions.hpp"
#include "cluster/strand.hpp"
#include "runtime/future.hpp"
#include "runtime/published.hpp"
#include "telemetry/span_context.hpp"

namespace garage::cluster {

class MeshCore {
 public:
  MeshCore(MeshParts parts, MeshOptions options, net::TlsIdentity identity);

  Dispatcher& dispatcher() { return dispatcher_; }
  Gossip& gossip() { return gossip_; }
  const NodeId& self() const { return table_.self(); }

  void start();
  Task<void> stop(Duration grace);
  Task<void> host(std::shared_ptr<net::Link> link);
  Task<Result<std::string>> call(NodeId node, std::string operation, std::string payload, net::CallOptions options);
  Task<Result<void>> connect(std::string peer_name);
  void announce();
  std::shared_ptr<const ClusterView> view() const { return view_.load(); }

 private:
  // Runs `task` on the mesh's loop, whatever loop the caller is on; the value comes back there.
  template <class T>
  Task<T> at_home(Task<T> task) {
    if (runtime::Loop::current() == home_) co_return co_await std::move(task);
    auto [promise, future] = runtime::make_future<T>();
    home_->post([this, work = std::move(task), setter = std::move(promise), span = telemetry::current_span]() mutable {
      const telemetry::ContextGuard guard(span);
      tasks_.spawn(deliver(std::move(work), std::move(setter)));
    });
    co_return co_await std::move(future);
  }
  template <class T>
  static Task<void> deliver(Task<T> task, runtime::Promise<T> promise) {
    promise.set(co_await std::move(task));
  }

  void weave(Peer& peer);
  void unravel(const Peer& peer);
  Task<void> host_strand(std::shared_ptr<net::Link> link);
  // The strand of the calling loop; null on the mesh's own, and where there is none.
  const Strand* strand_here() const;
  static Task<Result<std::string>> call_over(std::shared_ptr<Session> session,
                                             std::shared_ptr<ServiceTime> service_time, std::string operation,
                                             std::string payload, net::CallOptions options);
  Task<Result<std::string>> call_here(NodeId node, std::string operation, std::string payload,
                                      net::CallOptions options);
  Task<Result<void>> connect_here(PeerName name);
  Task<void> tick();
  // Something is different: looks who is missing, and shows the new view.
  void changed();
  void publish();
  size_t members() const { return table_.members(options_.has_role); }

  env::Env env_;
  const MeshOptions options_;
  const net::PeerInfo self_info_;
  ClusterClock& clock_;
  PeerTable table_;
  PeerList list_;
  Dispatcher dispatcher_;
  Gossip gossip_;
  Sessions sessions_;
  Dialler dialler_;
  std::vector<std::shared_ptr<Strand>> strands_;  // by loop; none for the first
  runtime::Loop* home_ = nullptr;
  bool stopping_ = false;
  Bell bell_;
  runtime::Published<ClusterView> view_;
  runtime::TaskGroup tasks_;
};

}  // namespace garage::cluster
