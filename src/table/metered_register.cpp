#include "table/metered_register.hpp"

#include "runtime/loop.hpp"
#include "telemetry/span.hpp"

namespace garage::table {
namespace {

// Counts now, and times what is awaited up to its end. What is given up in between, with its whole world, is not timed.
template <class T>
Task<T> timed(telemetry::Counter& count, telemetry::Histogram& duration, Task<T> task) {
  count.add();
  runtime::Loop& loop = *runtime::Loop::current();
  const MonotonicTime start = loop.now();
  T outcome = co_await std::move(task);
  duration.record(loop.now() - start);
  co_return outcome;
}

}  // namespace

TableMeter::TableMeter(TableNames names, telemetry::Registry& registry) : names_(std::move(names)) {
  for (const std::string& name : names_.all) {
    const telemetry::Labels labels{{"table_name", name}};
    tables_.push_back(
        {.name = name,
         .gets = &registry.counter("table_get_request_counter",
                                   "Number of get/get_range requests to each table, from this node", labels),
         .puts = &registry.counter("table_put_request_counter",
                                   "Number of insert requests to each table, from this node", labels),
         .get_duration = &registry.histogram("table_get_request_duration",
                                             "Duration of get/get_range requests to each table", labels),
         .put_duration =
             &registry.histogram("table_put_request_duration", "Duration of insert requests to each table", labels)});
  }
}

Task<Result<Written>> MeteredRegister::write(Write write) {
  const auto& of = meter_.of(write.key);
  const telemetry::Span span(of.name, " insert");
  co_return co_await timed(*of.puts, *of.put_duration, inner_->write(std::move(write)));
}

Task<Result<std::optional<Row>>> MeteredRegister::read(std::string key) {
  const auto& of = meter_.of(key);
  const telemetry::Span span(of.name, " get");
  co_return co_await timed(*of.gets, *of.get_duration, inner_->read(std::move(key)));
}

Task<Result<Settled>> MeteredRegister::settle(std::string key, SettleOptions options) {
  const auto& of = meter_.of(key);
  const telemetry::Span span(of.name, " settle");
  co_return co_await timed(*of.puts, *of.put_duration, inner_->settle(std::move(key), options));
}

Task<Result<RangePage>> MeteredRanges::read(RangeQuery query) {
  const auto& of = meter_.of({});
  const telemetry::Span span(of.name, " get_range");
  co_return co_await timed(*of.gets, *of.get_duration, inner_.read(std::move(query)));
}

}  // namespace garage::table
