// What it costs to count a request: a counter and a histogram, as each request of the S3 front does, and a span that is
// not recorded. Must stay below 0.3 us in all.
#include <benchmark/benchmark.h>

#include "telemetry/registry.hpp"
#include "telemetry/span.hpp"

namespace {

using namespace garage;

telemetry::Registry registry;
auto& counter = registry.counter("requests", "Requests", {{"api_endpoint", "GetObject"}});
auto& histogram = registry.histogram("duration", "Duration", {{"api_endpoint", "GetObject"}});

void count_request(benchmark::State& state) {
  Duration took{0};
  for (auto _ : state) {
    counter.add();
    histogram.record(took);
    took += 1us;
  }
}
BENCHMARK(count_request)->Threads(1)->Threads(2);

void span_not_recorded(benchmark::State& state) {
  for (auto _ : state) {
    const telemetry::Span span("object", " get");
    benchmark::DoNotOptimize(span.recording());
  }
}
BENCHMARK(span_not_recorded);

void span_recorded(benchmark::State& state) {
  telemetry::Counter dropped;
  uint64_t drawn = 0;
  telemetry::Tracer tracer({}, {[] { return uint64_t{1}; }, [&drawn] { return ++drawn; }}, dropped);
  const telemetry::Span root(&tracer, "root", telemetry::SpanKind::kServer, std::nullopt);
  for (auto _ : state) {
    {
      const telemetry::Span span("object", " get");
    }
    benchmark::DoNotOptimize(tracer.take(1));
  }
}
BENCHMARK(span_recorded);

}  // namespace

BENCHMARK_MAIN();
