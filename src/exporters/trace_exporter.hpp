// Sends finished spans to a collector, in batches, in the background. A collector that is slow or away costs spans,
// which are counted, and nothing else.
//
//   TRY(auto exporter, TraceExporter::create(env, tracer, "http://127.0.0.1:4317", resource));
//   exporter->start();
//   co_await exporter->stop();            sends what is left, where that went well so far
//
// Ownership: borrows the network and the tracer. Threads: one loop.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "env/network.hpp"
#include "exporters/grpc_channel.hpp"
#include "exporters/otlp.hpp"
#include "runtime/task_group.hpp"
#include "telemetry/tracer.hpp"

namespace garage::exporters {

struct ExportOptions {
  Duration pause = 1s;  // between looks at an empty queue
  Duration pause_after_failure = 5s;
  Duration timeout = 3s;        // of a batch, connecting included
  Duration short_timeout = 1s;  // of the last one, at stop(), and of connecting while the collector is away
  size_t batch_spans_max = 512;
};

// The host:port of "http://host[:port]"; kInvalid where the URL is another.
Result<std::string> parse_sink(std::string_view url);

class TraceExporter {
 public:
  // kInvalid: as of parse_sink().
  static Result<std::unique_ptr<TraceExporter>> create(env::Network& network, telemetry::Tracer& tracer,
                                                       std::string_view url, Resource resource,
                                                       ExportOptions options = {});
  void start() { tasks_.spawn(run()); }
  Task<void> stop();

 private:
  TraceExporter(env::Network& network, telemetry::Tracer& tracer, std::string authority, Resource resource,
                ExportOptions options)
      : network_(network),
        tracer_(tracer),
        authority_(std::move(authority)),
        resource_(std::move(resource)),
        options_(options) {}
  Task<void> run();
  // How many spans were sent or lost; an error says that they were lost.
  Task<Result<size_t>> send_batch(Duration timeout);
  Task<Result<void>> deliver(std::string request, MonotonicTime deadline);
  Task<Result<void>> connect(MonotonicTime deadline);

  env::Network& network_;
  telemetry::Tracer& tracer_;
  const std::string authority_;
  const Resource resource_;
  const ExportOptions options_;
  std::unique_ptr<GrpcChannel> channel_;
  bool stopping_ = false;
  bool failing_ = false;
  runtime::TaskGroup tasks_;
};

}  // namespace garage::exporters
