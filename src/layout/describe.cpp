#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "codec/byte_size.hpp"
#include "layout/cluster_layout.hpp"

namespace garage::layout {
namespace {

struct Totals {
  uint64_t capacity_bytes = 0;
  uint64_t usable_bytes = 0;
};

Totals totals_of(const LayoutVersion& layout) {
  Totals out;
  for (const auto& [node, role] : layout.roles) out.capacity_bytes += role.capacity_bytes.value_or(0);
  for (const auto& [node, count] : layout.assignment.partitions)
    out.usable_bytes += count * layout.assignment.partition_bytes;
  return out;
}

double percent(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : 100 * static_cast<double>(part) / static_cast<double>(whole);
}

uint32_t count_of(const Assignment& assignment, const NodeId& node) {
  const auto it = assignment.partitions.find(node);
  return it == assignment.partitions.end() ? 0 : it->second;
}

// Rows of cells, padded to the widest of their column and two blanks.
void append_table(std::vector<std::string>& lines, const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      line += i + 1 < row.size() ? fmt::format("{:<{}}", row[i], widths[i] + 2) : row[i];
    }
    lines.push_back(std::move(line));
  }
}

void append_zone(std::vector<std::string>& lines, const LayoutVersion& before, const LayoutVersion& after,
                 const std::string& zone) {
  std::vector<std::vector<std::string>> rows = {{zone, "Tags", "Partitions", "Capacity", "Usable capacity"}};
  uint64_t capacity = 0, usable = 0;
  uint32_t copies = 0;
  for (const auto& [node, role] : after.roles) {
    if (role.zone != zone || !role.capacity_bytes) continue;
    const uint32_t count = count_of(after.assignment, node);
    const uint64_t node_usable = after.usable_bytes(node);
    rows.push_back(
        {"  " + node.hex().substr(0, 16), fmt::format("[{}]", fmt::join(role.tags, ",")),
         fmt::format("{} ({} new)", count, copies_to_move(before.assignment, after.assignment, node)),
         codec::binary_size(*role.capacity_bytes),
         fmt::format("{} ({:.1f}%)", codec::binary_size(node_usable), percent(node_usable, *role.capacity_bytes))});
    capacity += *role.capacity_bytes;
    usable += node_usable;
    copies += count;
  }
  rows.push_back({"  TOTAL", "",
                  fmt::format("{} ({} unique)", copies, unique_partitions(after.assignment, after.roles, zone)),
                  codec::binary_size(capacity),
                  fmt::format("{} ({:.1f}%)", codec::binary_size(usable), percent(usable, capacity))});
  lines.emplace_back();
  append_table(lines, rows);
}

}  // namespace

std::vector<std::string> describe_change(const LayoutVersion& before, const LayoutVersion& after) {
  std::vector<std::string> lines = {"==== COMPUTATION OF A NEW PARTITION ASSIGNATION ====", ""};
  const uint32_t zones = effective_zone_redundancy(after.roles, after.replication_factor, after.redundancy);
  lines.push_back(fmt::format("Partitions are replicated {} times on at least {} distinct zones.",
                              after.replication_factor, zones));
  lines.emplace_back();
  const auto& assignment = after.assignment;
  lines.push_back(before.version == 0
                      ? fmt::format("Optimal partition size:                     {}",
                                    codec::binary_size(assignment.partition_bytes))
                      : fmt::format("Optimal partition size:                     {} ({} in previous layout)",
                                    codec::binary_size(assignment.partition_bytes),
                                    codec::binary_size(before.assignment.partition_bytes)));
  if (assignment.partition_bytes < 100) {
    lines.emplace_back("WARNING: partitions are so small that much of the capacity cannot be used.");
  }
  const Totals totals = totals_of(after);
  lines.push_back(fmt::format("Usable capacity / total cluster capacity:   {} / {} ({:.1f} %)",
                              codec::binary_size(totals.usable_bytes), codec::binary_size(totals.capacity_bytes),
                              percent(totals.usable_bytes, totals.capacity_bytes)));
  lines.push_back(fmt::format("Effective capacity (replication factor {}):  {}", after.replication_factor,
                              codec::binary_size(totals.usable_bytes / after.replication_factor)));
  if (totals.usable_bytes < totals.capacity_bytes / 5 * 4) {
    lines.emplace_back(
        "Less than 80 % of the capacity can be used: even out the capacities of zones and nodes, or lower");
    lines.emplace_back("the zone redundancy.");
  }
  if (before.version > 0) {
    const uint64_t moved = copies_to_move(before.assignment, assignment);
    lines.emplace_back();
    lines.push_back(fmt::format("A total of {} new copies of partitions need to be transferred.", moved));
  }
  for (const auto& [node, count] : assignment.partitions) {
    if (count > 0) continue;
    lines.emplace_back();
    lines.push_back(fmt::format(
        "Node {} stays empty: partitions could not be larger with it, and moving copies there would gain nothing else.",
        node.hex().substr(0, 16)));
  }
  std::vector<std::string> names;
  for (const auto& [node, role] : after.roles) {
    if (role.capacity_bytes) names.push_back(role.zone);
  }
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  for (const std::string& zone : names) append_zone(lines, before, after, zone);
  return lines;
}

}  // namespace garage::layout
