// A page of the open uploads of a bucket: by key, then by time of initiation.
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
    std::ranges::sort(of_key_, {}, [](const model::Upload& u) { return std::pair(u.initiated_ms, u.id); });
    auto first = of_key_.begin();
    if (query_.upload_marker && !of_key_.empty() && of_key_.front().key == query_.key_marker) {
      const auto at = std::ranges::find(of_key_, *query_.upload_marker, &model::Upload::id);
      first = at == of_key_.end() ? of_key_.begin() : at + 1;
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

Result<UploadPage> list_page(kv::Store& store, const UploadQuery& query) {
  UploadPageBuilder builder(query);
  if (query.items_max == 0) return builder.take();
  const std::string prefix = escaped(query.prefix);
  ShardMerge merge(store, kv::Family::kUpload, query.bucket, query.spread, prefix, false);
  std::string last_prefix;
  merge.seek(std::max(prefix, escaped(query.key_marker)));
  while (merge.valid()) {
    TRY(auto key, table::read_escaped(merge.key()));
    const bool is_upload = key.rest.size() == Uuid::kSize;
    if (!is_upload || before_markers(key.text, query)) {
      merge.next();
      continue;
    }
    TRY(const auto row, table::decode_row_view(merge.row_key(), merge.value()));
    if (row.value) {
      TRY(auto upload, model::decode_upload(*row.value));
      if (upload.state == model::UploadState::kOpen) {
        std::string rolled = common_prefix_of(key.text, query.prefix, query.delimiter);
        if (builder.holds_other_key(key.text) && !builder.flush_key()) return builder.take();
        if (rolled.empty()) {
          builder.add(std::move(upload));
        } else {
          const bool marked = !query.key_marker.empty() && query.key_marker.starts_with(rolled);
          if (!marked && rolled != last_prefix && !builder.add_prefix(rolled)) return builder.take();
          last_prefix = std::move(rolled);
        }
      }
    }
    merge.next();
  }
  CHECK_OK(merge.status());
  builder.flush_key();
  return builder.take();
}

}  // namespace

Task<Result<UploadPage>> Objects::list_uploads(UploadQuery query) {
  co_return co_await runtime::run_on(core_->env.pools.disk, [this, &query] { return list_page(core_->store, query); });
}

}  // namespace garage::object
