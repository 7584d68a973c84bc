// A page of the open uploads of a bucket: by key, then by time of initiation.
#include <algorithm>
#include <utility>

#include "object/common_prefix.hpp"
#include "object/core.hpp"
#include "object/shard_merge.hpp"
#include "object/upload_rows.hpp"
#include "runtime/pool.hpp"
#include "table/row.hpp"
#include "table/row_key.hpp"

namespace garage::object {
namespace {

constexpr size_t kRowsPerRange = 1000;

// As row keys hold it, without the end mark: also what longer keys begin with.
std::string escaped(std::string_view text) {
  std::string out;
  table::append_escaped(out, text);
  out.resize(out.size() - table::kEscapedEndBytes);
  return out;
}

// Collects what one key has, and hands it on in order.
class UploadPageBuilder {
 public:
  explicit UploadPageBuilder(const UploadQuery& query) : query_(query) {}

  // False once the page is full.
  bool flush_key() {
    const auto order = [](const model::Upload& u) { return std::pair(u.initiated_ms, u.id); };
    std::ranges::sort(of_key_, {}, order);
    auto first = of_key_.begin();
    if (query_.upload_marker && !of_key_.empty() && of_key_.front().key == query_.key_marker) {
      const Uuid& marker = *query_.upload_marker;
      const auto at = std::ranges::find(of_key_, marker, &model::Upload::id);
      // It may have ended meanwhile.
      first = at != of_key_.end()
                  ? at + 1
                  : std::ranges::upper_bound(of_key_, std::pair(initiated_ms_of(marker), marker), {}, order);
    }
    for (; first != of_key_.end(); ++first) {
      if (full()) return truncate();
      page_.next_key_marker = first->key;
      page_.next_upload_marker = first->id;
      page_.uploads.push_back(std::move(*first));
    }
    of_key_.clear();
    return true;
  }
  void add(model::Upload upload) { of_key_.push_back(std::move(upload)); }
  bool holds_other_key(std::string_view key) const { return !of_key_.empty() && of_key_.front().key != key; }
  bool add_prefix(std::string prefix) {
    if (full()) return truncate();
    page_.next_key_marker = prefix;
    page_.next_upload_marker.reset();
    page_.common_prefixes.push_back(std::move(prefix));
    return true;
  }
  UploadPage take() {
    if (!page_.truncated) {
      page_.next_key_marker.clear();
      page_.next_upload_marker.reset();
    }
    return std::move(page_);
  }

 private:
  bool full() const { return page_.uploads.size() + page_.common_prefixes.size() >= query_.items_max; }
  bool truncate() {
    page_.truncated = true;
    of_key_.clear();
    return false;
  }

  const UploadQuery& query_;
  UploadPage page_;
  std::vector<model::Upload> of_key_;
};

bool before_markers(std::string_view key, const UploadQuery& query) {
  if (query.key_marker.empty()) return false;
  return query.upload_marker ? key < query.key_marker : key <= query.key_marker;
}

// Takes rows in order of their keys, from wherever they come.
class UploadScan {
 public:
  explicit UploadScan(const UploadQuery& query) : query_(query), builder_(query) {}

  static bool is_upload(const table::Unescaped& key) { return key.rest.size() == Uuid::kSize; }
  // False once the page is full.
  Result<bool> take(const table::Unescaped& key, std::optional<std::string_view> value) {
    if (!value || before_markers(key.text, query_)) return true;
    TRY(auto upload, model::decode_upload(*value));
    if (upload.state != model::UploadState::kOpen) return true;
    std::string rolled = common_prefix_of(key.text, query_.prefix, query_.delimiter);
    if (builder_.holds_other_key(key.text) && !builder_.flush_key()) return false;
    if (rolled.empty()) {
      builder_.add(std::move(upload));
      return true;
    }
    const bool marked = !query_.key_marker.empty() && query_.key_marker.starts_with(rolled);
    if (!marked && rolled != last_prefix_ && !builder_.add_prefix(rolled)) return false;
    last_prefix_ = std::move(rolled);
    return true;
  }
  UploadPage finish() {
    builder_.flush_key();
    return builder_.take();
  }
  UploadPage full_page() { return builder_.take(); }

 private:
  const UploadQuery& query_;
  UploadPageBuilder builder_;
  std::string last_prefix_;
};

Result<UploadPage> list_page(kv::Store& store, const UploadQuery& query) {
  UploadScan scan(query);
  if (query.items_max == 0) return scan.full_page();
  const std::string prefix = escaped(query.prefix);
  ShardMerge merge(store, kv::Family::kUpload, query.bucket, query.spread, prefix, false);
  merge.seek(std::max(prefix, escaped(query.key_marker)));
  while (merge.valid()) {
    TRY(const auto key, table::read_escaped(merge.key()));
    if (UploadScan::is_upload(key)) {
      TRY(const auto row, table::decode_row_view(merge.row_key(), merge.value()));
      TRY(const bool more, scan.take(key, row.value));
      if (!more) return scan.full_page();
    }
    merge.next();
  }
  CHECK_OK(merge.status());
  return scan.finish();
}

// The same where other nodes keep shards too.
Task<Result<UploadPage>> list_replicated(table::Ranges& ranges, UploadQuery query) {
  UploadScan scan(query);
  if (query.items_max == 0) co_return scan.full_page();
  const std::string prefix = escaped(query.prefix);
  table::RangeQuery range{kv::Family::kUpload,
                          shards_of(query.bucket, query.spread),
                          prefix,
                          std::max(prefix, escaped(query.key_marker)),
                          {},
                          kRowsPerRange};
  for (;;) {
    CO_TRY(auto rows, co_await ranges.read(range));
    std::string behind;
    for (const auto& found : rows.rows) {
      CO_TRY(const auto key, table::read_escaped(found.key));
      if (!UploadScan::is_upload(key)) {
        // An upload may have ten thousand parts; where a page ends among them, the next one begins behind them.
        behind = table::prefix_end(upload_row_of_part(found.key));
        continue;
      }
      CO_TRY(const bool more, scan.take(key, found.row.value));
      if (!more) co_return scan.full_page();
    }
    if (!rows.more) co_return scan.finish();
    range.from = std::max(rows.next_from, behind);
  }
}

}  // namespace

Task<Result<UploadPage>> Objects::list_uploads(UploadQuery query) {
  if (core_->replicated()) co_return co_await list_replicated(*core_->cluster->uploads, std::move(query));
  co_return co_await runtime::run_on(core_->env.pools.disk, [this, &query] { return list_page(core_->store, query); });
}

}  // namespace garage::object
