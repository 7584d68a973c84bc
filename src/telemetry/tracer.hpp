// Finished spans on their way to an exporter, and the choice which traces are recorded.
//
// Bounds: a queue of spans_max; what does not fit is dropped and counted, nobody waits. Where it has been full no new
// trace begins until half of it is gone, so that a collector that is away costs next to nothing. Attributes are cut.
// Ownership: the node; outlives every span. Threads: any.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "telemetry/counter.hpp"
#include "telemetry/span_context.hpp"

namespace garage::telemetry {

enum class SpanKind : unsigned char { kInternal = 1, kServer = 2, kClient = 3 };  // the numbers of OTLP

struct FinishedSpan {
  std::array<unsigned char, 16> trace{};
  uint64_t span = 0;
  uint64_t parent = 0;  // 0: none
  SpanKind kind = SpanKind::kInternal;
  std::string name;
  uint64_t start_unix_ns = 0, end_unix_ns = 0;
  std::vector<std::pair<std::string, std::string>> attributes;
  bool failed = false;
};

struct TracerOptions {
  double sampling_ratio = 1;  // of the traces that begin here
  // Where not every trace is recorded, so many are because clients ask for them; further ones are as likely as any.
  unsigned asked_traces_per_second_max = 10;
  size_t spans_max = 8192;
};

class Tracer {
 public:
  struct World {
    std::function<uint64_t()> unix_ns;
    std::function<uint64_t()> random;
  };
  Tracer(TracerOptions options, World world, Counter& dropped)
      : options_(options), world_(std::move(world)), dropped_(dropped) {}

  bool wants_new_trace();
  // Whether to record what a client records already. Clients are not trusted with this node's work: the ratio bounds
  // what they can ask for.
  bool wants_asked_trace();
  std::array<unsigned char, 16> new_trace_id() const;
  uint64_t new_span_id() const;  // never 0
  uint64_t unix_ns() const { return world_.unix_ns(); }

  void finish(FinishedSpan span);
  std::vector<FinishedSpan> take(size_t spans_max);
  // Spans that could not be delivered.
  void count_dropped(uint64_t spans) { dropped_.add(spans); }

 private:
  bool has_room();
  bool one_more_asked();

  const TracerOptions options_;
  const World world_;
  Counter& dropped_;
  std::atomic<bool> jammed_ = false;
  std::mutex mutex_;
  // Guarded by mutex_:
  std::vector<FinishedSpan> queue_;
  uint64_t asked_second_ = 0;  // since 1970
  unsigned asked_in_second_ = 0;
};

}  // namespace garage::telemetry
