#include "net/metered_caller.hpp"

#include <mutex>

#include "runtime/stopwatch.hpp"
#include "telemetry/span.hpp"

namespace garage::net {
namespace {

constexpr size_t kIdCharacters = 16;

bool is_of_transport(ErrorKind kind) {
  return kind == ErrorKind::kUnavailable || kind == ErrorKind::kClosed || kind == ErrorKind::kIo;
}

}  // namespace

const MeteredCaller::Meter& MeteredCaller::meter(const NodeId& node, std::string_view operation) {
  {
    const std::shared_lock lock(mutex_);
    if (const auto of_node = meters_.find(node); of_node != meters_.end()) {
      if (const auto found = of_node->second.find(operation); found != of_node->second.end()) return found->second;
    }
  }
  const telemetry::Labels labels{{"rpc_endpoint", std::string(operation)},
                                 {"from", self_.hex().substr(0, kIdCharacters)},
                                 {"to", node.hex().substr(0, kIdCharacters)}};
  const Meter made{.requests = &registry_.counter("rpc_request_counter", "Number of RPC requests emitted", labels),
                   .timeouts = &registry_.counter("rpc_timeout_counter", "Number of RPC timeouts", labels),
                   .transport_errors = &registry_.counter(
                       "rpc_netapp_error_counter", "Number of communication errors (errors in the transport)", labels),
                   .answered_errors = &registry_.counter("rpc_garage_error_counter",
                                                         "Number of RPC errors (answered by the other node)", labels),
                   .duration = &registry_.histogram("rpc_duration", "Duration of RPCs", labels)};
  const std::lock_guard lock(mutex_);
  return meters_[node].emplace(operation, made).first->second;
}

Task<Result<std::string>> MeteredCaller::call(NodeId node, std::string operation, std::string payload,
                                              CallOptions options) {
  telemetry::Span span("RPC >> ", operation, telemetry::SpanKind::kClient);
  if (span.recording()) {
    span.set("to", node.hex().substr(0, kIdCharacters));
    span.set("len_query_msg", std::to_string(payload.size()));
  }
  const Meter& meter = this->meter(node, operation);
  meter.requests->add();
  const runtime::Stopwatch watch;
  auto outcome = co_await caller_.call(node, std::move(operation), std::move(payload), options);
  meter.duration->record(watch.elapsed());
  if (!outcome) {
    const ErrorKind kind = outcome.error().kind;
    const bool late = kind == ErrorKind::kTimeout;
    (late ? meter.timeouts : is_of_transport(kind) ? meter.transport_errors : meter.answered_errors)->add();
    if (span.recording()) span.fail();
  }
  co_return outcome;
}

}  // namespace garage::net
