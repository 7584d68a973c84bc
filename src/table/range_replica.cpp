#include "table/range_replica.hpp"

#include <algorithm>
#include <utility>

#include "table/operations.hpp"
#include "table/row.hpp"
#include "table/row_key.hpp"
#include "table/shard_cursor.hpp"

namespace garage::table {
namespace {

constexpr size_t kStepsOnLoopMax = 4000;  // more, and the scan goes to the disk pool
constexpr size_t kStepsMax = 50'000;      // of one section; the coordinator comes again
constexpr size_t kAnswerBytesMax = 8u << 20;
constexpr size_t kItemOverheadBytes = 64;

struct Scan {
  const RangeRequest& request;
  const RangeSection& section;
  const Schema& schema;
  size_t bytes_max;
  bool on_loop;
};

RangeItem item_of(const ShardCursor& cursor, const RowView& row) {
  return {cursor.shard(), std::string(cursor.key()), 0, row.ord, row.uuid, row.modified_ms, std::nullopt};
}

Result<SectionAnswer> scan_section(kv::Store& store, Scan scan) {
  const RangeRequest& request = scan.request;
  SectionAnswer out;
  ShardCursor cursor(store, request.family, scan.section.shards, request.prefix, scan.on_loop);
  size_t counted = 0;
  size_t bytes = 0;
  cursor.seek(std::max(request.from, request.prefix));
  while (cursor.valid()) {
    if (scan.on_loop && cursor.steps() > kStepsOnLoopMax) return fail(ErrorKind::kUnavailable, "too long for the loop");
    const bool full = counted == scan.section.items_max || bytes > scan.bytes_max || cursor.steps() > kStepsMax ||
                      out.items.size() == items_told_max(scan.section.items_max);
    if (full) {
      out.complete_to = std::string(cursor.key());
      break;
    }
    TRY(const auto row, decode_row_view(cursor.row_key(), cursor.value()));
    const std::string prefix(common_prefix_of(cursor.key(), request.prefix, request.delimiter));
    if (!row.value && !prefix.empty()) {
      cursor.next();
      continue;
    }
    RangeItem item = item_of(cursor, row);
    counted += row.value ? 1 : 0;
    if (prefix.empty()) {
      if (row.value) item.value = scan.schema.project(*row.value);
      cursor.next();
    } else {
      item.prefix_bytes = prefix.size();
      cursor.skip_prefix(prefix);
    }
    bytes += kItemOverheadBytes + item.key.size() + (item.value ? item.value->size() : 0);
    out.items.push_back(std::move(item));
  }
  CHECK_OK(cursor.status());
  return out;
}

}  // namespace

Result<std::vector<SectionAnswer>> RangeReplica::scan(const RangeRequest& request, const Table& table, bool on_loop) {
  std::vector<SectionAnswer> out;
  for (const RangeSection& section : request.sections) {
    const size_t bytes_max = kAnswerBytesMax / request.sections.size();
    TRY(auto answer, scan_section(store_, {request, section, *table.schema, bytes_max, on_loop}));
    // After the scan, not before it: what was read while the stage was still good is a good answer.
    for (const std::string& shard : section.shards) {
      answer.stage = std::max(answer.stage, table.placement->stage_of(shard));
    }
    if (section.stage < answer.stage) answer = {Verdict::kStageOver, answer.stage, {}, {}};
    out.push_back(std::move(answer));
  }
  return out;
}

Task<Result<std::vector<SectionAnswer>>> RangeReplica::read(RangeRequest request) {
  const Table table = tables_[static_cast<size_t>(request.family)];
  if (!table.schema) co_return fail(ErrorKind::kUnsupported, "rows that this node does not keep");
  auto answer = scan(request, table, true);
  if (answer || answer.error().kind != ErrorKind::kUnavailable) co_return std::move(answer);
  co_return co_await runtime::run_on(disk_, [this, &request, table] { return scan(request, table, false); });
}

Task<Result<std::string>> RangeReplica::answer(std::string payload) {
  CO_TRY(auto request, decode_range_request(payload));
  CO_TRY(const auto sections, co_await read(std::move(request)));
  std::string encoded = encode_range_answer(sections);
  if (encoded.size() > kTableMessageBytesMax) co_return fail(ErrorKind::kOverloaded, "too much for one answer");
  co_return std::move(encoded);
}

}  // namespace garage::table
