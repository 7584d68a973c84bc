// GetNodeInfo, GetNodeStatistics
#include <fmt/format.h>

#include <array>

#include "admin/node_identity.hpp"
#include "admin/node_select.hpp"
#include "admin/render.hpp"
#include "admin/version.hpp"
#include "codec/byte_size.hpp"

namespace garage::admin {
namespace {

struct TableCount {
  std::string_view name;
  kv::Family family;
};
constexpr std::array<TableCount, 7> kTables = {{{"settings", kv::Family::kSettings},
                                                {"object", kv::Family::kObject},
                                                {"inline", kv::Family::kInline},
                                                {"upload", kv::Family::kUpload},
                                                {"block_ref", kv::Family::kBlockRef},
                                                {"block_index", kv::Family::kBlockIndex},
                                                {"queue", kv::Family::kQueue}}};

std::string node_text(const Context& context) {
  std::string out;
  out += fmt::format("Node ID:           {}\n", context.facts.id.hex());
  out += fmt::format("Hostname:          {}\n", context.facts.hostname);
  out += fmt::format("Garage version:    v{}\n", kVersion);
  out += fmt::format("Garage features:   {}\n", kFeatures);
  out += fmt::format("Compiler:          clang {}\n", __clang_version__);
  out += "Database engine:   RocksDB\n\nTable stats:\n";
  out += fmt::format("  {:<14}{}\n", "Table", "Items");
  for (const auto& table : kTables)
    out += fmt::format("  {:<14}{}\n", table.name, context.store.estimate_count(table.family));
  const auto blocks = context.blocks.stats();
  out += "\nBlock manager stats:\n";
  out += fmt::format("  number of RC entries:        {}\n", context.store.estimate_count(kv::Family::kBlockIndex));
  out += "  resync queue length:         0\n";
  out += fmt::format("  blocks with resync errors:   {}\n", blocks.blocks_corrupt);
  out += fmt::format("  volumes:                     {}\n", blocks.volume_count);
  out += fmt::format("  bytes in use in volumes:     {}\n", codec::binary_size(blocks.live_bytes));
  out += fmt::format("  bytes free in volumes:       {}\n", codec::binary_size(blocks.free_bytes));
  return out;
}

Task<Reply> info_of_this_node(Context& context, Json) {
  const Layout layout = context.layout.current();
  const auto role = layout->roles.find(context.facts.id);
  Json parameters = Json::object({{"region", context.facts.s3_region}});
  if (!context.facts.s3_endpoint.empty()) {
    parameters.set("s3Endpoint", context.facts.s3_endpoint);
    parameters.set("s3UsePathStyle", context.facts.s3_path_style);
  }
  co_return Json::object({{"nodeId", context.facts.id.hex()},
                          {"garageVersion", fmt::format("v{}", kVersion)},
                          {"garageFeatures", Json::array({"rocksdb", "zstd"})},
                          {"rustVersion", fmt::format("clang {}", __clang_version__)},
                          {"dbEngine", "RocksDB"},
                          {"hostname", context.facts.hostname},
                          {"addr", context.facts.address.empty() ? Json() : Json(context.facts.address)},
                          {"isUp", true},
                          {"role", role == layout->roles.end() ? Json() : role_json(role->second)},
                          {"draining", false},
                          {"connectionParameters", std::move(parameters)}});
}

Task<Reply> statistics_of_this_node(Context& context, Json) {
  Json tables = Json::array();
  for (const auto& table : kTables) {
    tables.push_back(Json::object({{"tableName", table.name}, {"items", context.store.estimate_count(table.family)}}));
  }
  const auto blocks = context.blocks.stats();
  Json manager = Json::object({{"rcEntries", context.store.estimate_count(kv::Family::kBlockIndex)},
                               {"resyncQueueLen", 0},
                               {"resyncErrors", blocks.blocks_corrupt}});
  co_return Json::object(
      {{"freeform", node_text(context)}, {"tableStats", std::move(tables)}, {"blockManagerStats", std::move(manager)}});
}

}  // namespace

Task<Reply> get_node_info(Context& context, Json request) {
  return on_nodes(context, std::move(request), "GetNodeInfo", info_of_this_node);
}

Task<Reply> get_node_statistics(Context& context, Json request) {
  return on_nodes(context, std::move(request), "GetNodeStatistics", statistics_of_this_node);
}

}  // namespace garage::admin
