// GetNodeInfo, GetNodeStatistics, GetClusterStatistics
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

// Beyond so many buckets their objects are not added up.
constexpr size_t kBucketsCountedMax = 1000;

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

std::string space_text(const std::optional<env::Space>& space) {
  if (!space) return "?";
  return fmt::format("{}/{} ({:.1f}%)", codec::binary_size(space->available_bytes),
                     codec::binary_size(space->total_bytes),
                     space->total_bytes == 0
                         ? 0.0
                         : 100 * static_cast<double>(space->available_bytes) / static_cast<double>(space->total_bytes));
}

struct Totals {
  uint64_t buckets = 0, objects = 0, bytes = 0;
  bool counted = false;
};

Task<AdminResult<Totals>> count_objects(Context& context) {
  const auto buckets = context.settings.directory()->buckets();
  Totals out{.buckets = buckets.size(), .objects = 0, .bytes = 0, .counted = buckets.size() < kBucketsCountedMax};
  if (!out.counted) co_return out;
  for (const auto& bucket : buckets) {
    CO_ADMIN_TRY(const auto usage, co_await context.objects.usage(bucket->id));
    out.objects += usage.objects;
    out.bytes += usage.bytes;
  }
  co_return out;
}

// Rows of cells, padded to the widest of their column and two blanks.
std::string two_row_table(const std::array<std::string, 7>& head, const std::array<std::string, 7>& row) {
  std::string lines[2];
  for (size_t i = 0; i < head.size(); ++i) {
    const size_t width = i + 1 == head.size() ? 0 : std::max(head[i].size(), row[i].size()) + 2;
    lines[0] += fmt::format("{:<{}}", head[i], width);
    lines[1] += fmt::format("{:<{}}", row[i], width);
  }
  return lines[0] + "\n" + lines[1] + "\n";
}

std::string cluster_text(const Context& context, const layout::ClusterLayout& layout, const NodeSpace& space,
                         const Totals& totals) {
  std::string out = "Storage nodes:\n";
  const auto role = layout.roles.find(context.facts.id);
  if (role != layout.roles.end() && role->second.capacity_bytes) {
    out += two_row_table({"ID", "Hostname", "Zone", "Capacity", "Part.", "DataAvail", "MetaAvail"},
                         {short_id(context.facts.id), context.facts.hostname, role->second.zone,
                          codec::binary_size(*role->second.capacity_bytes), fmt::format("{}", layout.partition_count),
                          space_text(space.data), space_text(space.metadata)});
  }
  out += fmt::format("\nNumber of buckets:        {}\n", totals.buckets);
  if (totals.counted) {
    out += fmt::format("Total number of objects:  {}\n", totals.objects);
    out += fmt::format("Total size of objects:    {}\n", codec::binary_size(totals.bytes));
  }
  if (space.data && space.metadata) {
    out += "\nEstimated available storage space cluster-wide (might be lower in practice):\n";
    out += fmt::format("  data: {}\n  metadata: {}\n", codec::binary_size(space.data->available_bytes),
                       codec::binary_size(space.metadata->available_bytes));
  }
  return out;
}

}  // namespace

namespace {

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

Task<Reply> get_cluster_statistics(Context& context, Json) {
  CO_ADMIN_CHECK_OK(require_layout(context));
  const NodeSpace space = co_await measure_space(context);
  CO_ADMIN_TRY(const Totals totals, co_await count_objects(context));
  Json out = Json::object({{"freeform", cluster_text(context, *context.layout.current(), space, totals)},
                           {"dataAvail", space.data ? Json(space.data->available_bytes) : Json()},
                           {"metadataAvail", space.metadata ? Json(space.metadata->available_bytes) : Json()},
                           {"incompleteAvailInfo", !space.data || !space.metadata},
                           {"bucketCount", totals.buckets}});
  if (totals.counted) {
    out.set("totalObjectCount", totals.objects);
    out.set("totalObjectBytes", totals.bytes);
  }
  co_return out;
}

}  // namespace garage::admin
