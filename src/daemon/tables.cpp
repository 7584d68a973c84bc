#include "daemon/tables.hpp"

#include "daemon/node_metrics.hpp"

namespace garage::daemon {

std::unique_ptr<table::Register> Tables::make_register(table::Schema& schema) {
  auto placement = std::make_unique<LayoutPlacement::Rows>(layout_, schema.family());
  auto made = hub_.make(schema, *placement);
  const table::TableNames names = table_names(schema.family());
  // Of several tables in one family the first stands for all.
  schema.count_updates(registry_.counter("table_internal_update_counter",
                                         "Number of value updates that occurred locally",
                                         {{"table_name", names.all.front()}}));
  Table table{
      .placement = std::move(placement), .schema = &schema, .rows = made.get(), .meter = nullptr, .ranges = nullptr};
  table.meter = std::make_unique<table::TableMeter>(names, registry_);
  table.ranges = std::make_unique<table::MeteredRanges>(made->ranges(), *table.meter);
  auto metered = std::make_unique<table::MeteredRegister>(std::move(made), *table.meter);
  tables_.emplace(schema.family(), std::move(table));
  return metered;
}

}  // namespace garage::daemon
