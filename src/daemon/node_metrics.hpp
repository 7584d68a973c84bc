// What a node counts, and what is looked at when somebody asks for its metrics: docs/metrics.md is the list.
//
// Ownership: the Node, from before everything that counts to after it. Threads: registry() and instruments() from any;
// the rest on the first loop.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "admin/context.hpp"
#include "admin/node_space.hpp"
#include "block/resync.hpp"
#include "cluster/cluster_view.hpp"
#include "codec/json.hpp"
#include "config/settings.hpp"
#include "kv/commit_queue.hpp"
#include "table/hints.hpp"
#include "table/metered_register.hpp"
#include "telemetry/instruments.hpp"

namespace garage::daemon {

// The tables of the reference that a family of rows keeps.
table::TableNames table_names(kv::Family family);

class NodeMetrics {
 public:
  NodeMetrics(const config::Settings& settings, env::Env& env);

  telemetry::Registry& registry() { return registry_; }
  const telemetry::Instruments& instruments() const { return instruments_; }
  telemetry::Tracer* tracer() { return instruments_.tracer; }
  block::ResyncMeter resync_meter();
  // For SyncOptions::brought.
  std::function<void(kv::Family, const std::string&, const NodeId&, bool)> row_counter();

  struct Watched {
    admin::Context context;
    const kv::CommitQueue& commits;
    const block::Resync* resync;
    const table::Hints& row_hints;
    std::function<uint64_t()> row_writes_held_back;
    std::function<std::shared_ptr<const cluster::ClusterView>()> view;
  };
  // All of it lives until forget().
  void watch(Watched watched);
  void forget() { registry_.forget_observers(); }

  // The text for Prometheus.
  Task<std::string> scrape();

 private:
  void watch_node();
  void watch_cluster();
  void watch_peers();
  void watch_blocks();
  void watch_tables();
  void watch_commits();
  void watch_duties();
  // A value of one series that is looked at when asked for.
  void gauge(std::string_view name, std::string_view help, std::function<double()> look);
  void counter(std::string_view name, std::string_view help, std::function<double()> look);
  // What is told of each other node that has a role is there before it happens, so that graphs and alerts see the step.
  void peers_at_zero(telemetry::Observer& out, const telemetry::Labels& labels, const char* peer) const;
  void health(std::string_view name, std::string_view help, std::string_view field);

  const config::Settings& settings_;
  telemetry::Registry registry_;
  std::unique_ptr<telemetry::Tracer> tracer_;
  telemetry::Instruments instruments_;
  std::unique_ptr<Watched> watched_;
  // As of the scrape under way.
  admin::NodeSpace space_;
  codec::Json health_;
};

}  // namespace garage::daemon
