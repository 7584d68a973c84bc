// A page of keys: skip-scan over the merged shards; deleted rows are merged first and filtered then.
#include <algorithm>
#include <utility>

#include "object/common_prefix.hpp"
#include "object/core.hpp"
#include "object/shard_merge.hpp"
#include "runtime/pool.hpp"
#include "table/row.hpp"
#include "table/row_key.hpp"

namespace garage::object {
namespace {

// A page that takes more than this is continued on the disk pool, so that the loop stays responsive.
constexpr size_t kStepsOnLoopMax = 8000;

// Where the page begins; nullopt where nothing can follow.
std::optional<std::string> start_of(const ListQuery& query) {
  std::string start = query.from;
  if (start.empty() && !query.after.empty()) {
    const std::string skipped = common_prefix_of(query.after, query.prefix, query.delimiter);
    if (skipped.empty()) {
      start = query.after + '\0';
    } else {
      start = table::prefix_end(skipped);
      if (start.empty()) return std::nullopt;
    }
  }
  return start < query.prefix ? query.prefix : start;
}

Result<ListedObject> listed(const table::RowView& row, std::string_view key) {
  TRY(const auto summary, model::summarize_object_version(*row.value));
  return ListedObject{std::string(key), row.uuid,     summary.bytes,
                      row.modified_ms,  summary.etag, std::string(summary.writer),
                      summary.checksum};
}

// Where the next page begins.
void end_truncated(ListPage& page) {
  page.truncated = true;
  const bool ends_with_object =
      !page.objects.empty() && (page.common_prefixes.empty() || page.common_prefixes.back() < page.objects.back().key);
  page.last_item = ends_with_object ? page.objects.back().key : page.common_prefixes.back();
  page.next_from = ends_with_object ? page.last_item + '\0' : table::prefix_end(page.last_item);
}

Result<ListPage> list_page(kv::Store& store, const ListQuery& query, bool on_loop) {
  ListPage page;
  const auto start = start_of(query);
  if (query.items_max == 0 || !start) return page;
  ShardMerge merge(store, kv::Family::kObject, query.bucket, query.spread, query.prefix, on_loop);
  page.objects.reserve(query.delimiter.empty() ? query.items_max : 0);
  merge.seek(*start);
  while (merge.valid()) {
    if (on_loop && merge.steps() > kStepsOnLoopMax) return fail(ErrorKind::kUnavailable, "too long for the loop");
    TRY(const auto row, table::decode_row_view(merge.row_key(), merge.value()));
    if (!row.value) {
      merge.next();
      continue;
    }
    if (page.objects.size() + page.common_prefixes.size() == query.items_max) {
      page.truncated = true;
      break;
    }
    std::string prefix = common_prefix_of(merge.key(), query.prefix, query.delimiter);
    if (prefix.empty()) {
      TRY(auto object, listed(row, merge.key()));
      page.objects.push_back(std::move(object));
      merge.next();
    } else {
      merge.skip_prefix(prefix);
      page.common_prefixes.push_back(std::move(prefix));
    }
  }
  CHECK_OK(merge.status());
  if (page.truncated) end_truncated(page);
  return page;
}

// The same where other nodes keep shards too: they roll up and filter, and the register's ranges put together.
Task<Result<ListPage>> list_replicated(table::Ranges& ranges, ListQuery query) {
  ListPage page;
  const auto start = start_of(query);
  if (query.items_max == 0 || !start) co_return page;
  table::RangeQuery range{
      kv::Family::kObject, shards_of(query.bucket, query.spread), query.prefix, *start, query.delimiter, 0};
  for (;;) {
    const size_t count = page.objects.size() + page.common_prefixes.size();
    range.rows_max = std::min(query.items_max - count + 1, table::kRangeRowsMax);
    CO_TRY(auto rows, co_await ranges.read(range));
    for (auto& found : rows.rows) {
      if (page.objects.size() + page.common_prefixes.size() == query.items_max) {
        end_truncated(page);
        co_return page;
      }
      if (found.is_common_prefix) {
        page.common_prefixes.push_back(std::move(found.key));
        continue;
      }
      if (!found.row.value) continue;
      const table::RowView row{found.row.ord, found.row.uuid, found.row.modified_ms, *found.row.value};
      CO_TRY(auto object, listed(row, found.key));
      page.objects.push_back(std::move(object));
    }
    if (!rows.more) co_return page;
    range.from = std::move(rows.next_from);
  }
}

}  // namespace

Task<Result<ListPage>> Objects::list(ListQuery query) {
  if (core_->replicated()) co_return co_await list_replicated(*core_->cluster->objects, std::move(query));
  auto page = list_page(core_->store, query, true);
  if (page || page.error().kind != ErrorKind::kUnavailable) co_return page;
  co_return co_await runtime::run_on(core_->env.pools.disk,
                                     [this, &query] { return list_page(core_->store, query, false); });
}

}  // namespace garage::object
