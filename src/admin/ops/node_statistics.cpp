// GetNodeInfo, GetNodeStatistics
#include <fmt/format.h>

#include <array>

#include "admin/node_identity.hpp"
#include "admin/node_select.hpp"
#include "admin/node_space.hpp"
#include "admin/render.hpp"
#include "admin/version.hpp"
#include "codec/byte_size.hpp"

namespace garage::admin {
namespace {

#ifdef __clang__
constexpr std::string_view kCompiler = "clang " __clang_version__;
#else
constexpr std::string_view kCompiler = "gcc " __VERSION__;
#endif

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

block::ResyncStats resync_of(const Context& context) {
  return context.maintenance != nullptr ? context.maintenance->resync().stats() : block::ResyncStats();
}

// There are no Merkle trees and no queues behind tables: rows and their digests change in one commit. Clients that know
// the reference's members find them.
Json table_json(std::string_view name, uint64_t items) {
  return Json::object({{"tableName", name},
                       {"items", items},
                       {"merkleItems", items},
                       {"merkleQueueLen", 0},
                       {"insertQueueLen", 0},
                       {"gcQueueLen", 0}});
}

std::string node_text(const Context& context) {
  std::string out;
  out += fmt::format("Node ID:           {}\n", context.facts.id.hex());
  out += fmt::format("Hostname:          {}\n", context.facts.hostname);
  out += fmt::format("Garage version:    v{}\n", kVersion);
  out += fmt::format("Garage features:   {}\n", kFeatures);
  out += fmt::format("Compiler:          {}\n", kCompiler);
  out += "Database engine:   RocksDB\n";
  if (const auto damage = context.store.damage()) out += fmt::format("Database trouble:  {}\n", *damage);
  out += "\nTable stats (items are estimates of the database, and differ between equal replicas):\n";
  constexpr std::string_view kRow = "  {:<13}{:<10}{:<10}{:<9}{:<10}{}\n";
  out += fmt::format(kRow, "Table", "Items", "MklItems", "MklTodo", "InsQueue", "GcTodo");
  for (const auto& table : kTables) {
    const uint64_t items = context.store.estimate_count(table.family);
    out += fmt::format(kRow, table.name, items, items, 0, 0, 0);
  }
  const auto blocks = context.blocks.stats();
  out += "\nBlock manager stats:\n";
  out += fmt::format("  number of RC entries:        {} (estimate)\n",
                     context.store.estimate_count(kv::Family::kBlockIndex));
  const auto resync = resync_of(context);
  out += fmt::format("  resync queue length:         {}\n", resync.queue_length);
  out += fmt::format("  blocks with resync errors:   {}\n", resync.errors);
  out += fmt::format("  damaged blocks found:        {}\n", blocks.blocks_corrupt);
  out += fmt::format("  volumes:                     {}\n", blocks.volume_count);
  out += fmt::format("  bytes in use in volumes:     {}\n", codec::binary_size(blocks.live_bytes));
  out += fmt::format("  bytes free in volumes:       {}\n", codec::binary_size(blocks.free_bytes));
  if (context.maintenance != nullptr) {
    const auto hints = context.maintenance->hints();
    out += "\nWaiting for other nodes:\n";
    out += fmt::format("  rows:                        {}\n", codec::binary_size(hints.row_bytes));
    out += fmt::format("  references to blocks:        {}\n", hints.references);
  }
  return out;
}

Task<Reply> info_of_this_node(Context& context, Json) {
  const LayoutSnapshot layout = context.layout.snapshot();
  const auto role = layout->current.roles.find(context.facts.id);
  const NodeSpace space = co_await context.space.measure();
  Json parameters = Json::object({{"region", context.facts.s3_region}});
  if (!context.facts.s3_endpoint.empty()) {
    parameters.set("s3Endpoint", context.facts.s3_endpoint);
    parameters.set("s3UsePathStyle", context.facts.s3_path_style);
  }
  Json out = Json::object({{"nodeId", context.facts.id.hex()},
                           {"garageVersion", fmt::format("v{}", kVersion)},
                           {"garageFeatures", Json::array({"rocksdb", "zstd"})},
                           {"rustVersion", kCompiler},
                           {"dbEngine", "RocksDB"},
                           {"hostname", context.facts.hostname},
                           {"addr", context.facts.address.empty() ? Json() : Json(context.facts.address)},
                           {"isUp", true},
                           {"role", role == layout->current.roles.end() ? Json() : role_json(role->second)},
                           {"draining", is_draining(*layout, context.facts.id)},
                           {"connectionParameters", std::move(parameters)}});
  if (space.data) out.set("dataPartition", space_json(*space.data));
  if (space.metadata) out.set("metadataPartition", space_json(*space.metadata));
  co_return out;
}

Task<Reply> statistics_of_this_node(Context& context, Json) {
  Json tables = Json::array();
  for (const auto& table : kTables) {
    tables.push_back(table_json(table.name, context.store.estimate_count(table.family)));
  }
  const auto resync = resync_of(context);
  Json manager = Json::object({{"rcEntries", context.store.estimate_count(kv::Family::kBlockIndex)},
                               {"resyncQueueLen", resync.queue_length},
                               {"resyncErrors", resync.errors}});
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
