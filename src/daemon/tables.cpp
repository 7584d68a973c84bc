#include "daemon/tables.hpp"

namespace garage::daemon {

std::unique_ptr<table::Register> Tables::make_register(table::Schema& schema) {
  auto placement = std::make_unique<LayoutPlacement::Rows>(layout_, schema.family());
  auto made = hub_.make(schema, *placement);
  tables_.emplace(schema.family(), Table{std::move(placement), made.get()});
  return made;
}

std::vector<kv::Family> Tables::families() const {
  std::vector<kv::Family> out;
  for (const auto& [family, table] : tables_) out.push_back(family);
  return out;
}

}  // namespace garage::daemon
