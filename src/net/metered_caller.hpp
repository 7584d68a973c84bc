// A Caller that counts and times what it asks, by operation and by node, and records it as a span of the trace that
// asks.
//
// Ownership: borrows the caller and the registry. Threads: as the caller.
#pragma once

#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/caller.hpp"
#include "telemetry/registry.hpp"

namespace garage::net {

class MeteredCaller final : public Caller {
 public:
  MeteredCaller(const NodeId& self, Caller& caller, telemetry::Registry& registry)
      : self_(self), caller_(caller), registry_(registry) {}

  Task<Result<std::string>> call(NodeId node, std::string operation, std::string payload, CallOptions options) override;
  std::vector<NodeId> nearest_first(std::vector<NodeId> nodes) const override {
    return caller_.nearest_first(std::move(nodes));
  }
  bool is_up(const NodeId& node) const override { return caller_.is_up(node); }

 private:
  struct Meter {
    telemetry::Counter* requests;
    telemetry::Counter* timeouts;
    telemetry::Counter* transport_errors;
    telemetry::Counter* answered_errors;
    telemetry::Histogram* duration;
  };
  const Meter& meter(const NodeId& node, std::string_view operation);

  const NodeId self_;
  Caller& caller_;
  telemetry::Registry& registry_;
  std::shared_mutex mutex_;
  std::map<NodeId, std::map<std::string, Meter, std::less<>>> meters_;  // guarded by mutex_; only grows
};

}  // namespace garage::net
