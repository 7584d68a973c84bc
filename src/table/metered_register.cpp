#include "table/metered_register.hpp"

#include "runtime/stopwatch.hpp"
#include "telemetry/span.hpp"

namespace garage::table {
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
  of.puts->add();
  const runtime::Stopwatch watch;
  auto outcome = co_await inner_->write(std::move(write));
  of.put_duration->record(watch.elapsed());
  co_return outcome;
}

Task<Result<std::optional<Row>>> MeteredRegister::read(std::string key) {
  const auto& of = meter_.of(key);
  const telemetry::Span span(of.name, " get");
  of.gets->add();
  const runtime::Stopwatch watch;
  auto outcome = co_await inner_->read(std::move(key));
  of.get_duration->record(watch.elapsed());
  co_return outcome;
}

Task<Result<Settled>> MeteredRegister::settle(std::string key, SettleOptions options) {
  const auto& of = meter_.of(key);
  const telemetry::Span span(of.name, " settle");
  of.puts->add();
  const runtime::Stopwatch watch;
  auto outcome = co_await inner_->settle(std::move(key), options);
  of.put_duration->record(watch.elapsed());
  co_return outcome;
}

Task<Result<RangePage>> MeteredRanges::read(RangeQuery query) {
  const auto& of = meter_.of({});
  const telemetry::Span span(of.name, " get_range");
  of.gets->add();
  const runtime::Stopwatch watch;
  auto outcome = co_await inner_.read(std::move(query));
  of.get_duration->record(watch.elapsed());
  co_return outcome;
}

}  // namespace garage::table
