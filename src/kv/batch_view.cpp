#include "kv/batch_view.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace garage::kv {

void BatchView::prefetch(std::vector<Key> keys) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  named_ = std::move(keys);
  if (!named_.empty()) rows_ = store_.multi_get(named_);
}

Result<std::optional<std::string_view>> BatchView::view_of(const Row& row) {
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::optional<std::string_view>();
  return std::optional<std::string_view>(**row);
}

Result<std::optional<std::string_view>> BatchView::get(Family family, std::string_view key) {
  const KeyView wanted{family, key};
  if (auto pending = pending_.find(wanted); pending != pending_.end()) {
    const auto& value = batch_.entries()[pending->second].value;
    return value ? std::optional<std::string_view>(*value) : std::nullopt;
  }
  const auto named = std::lower_bound(named_.begin(), named_.end(), wanted, Order());
  if (named != named_.end() && named->family == family && named->bytes == key) {
    return view_of(rows_[static_cast<size_t>(named - named_.begin())]);
  }
  auto other = others_.find(wanted);
  if (other == others_.end()) {
    other = others_.emplace(Key{family, std::string(key)}, store_.get(family, key)).first;
  }
  return view_of(other->second);
}

Result<std::optional<std::string>> BatchView::first_key(Family family, std::string_view from, std::string_view until) {
  const auto beyond = [until](std::string_view key) { return !until.empty() && key >= until; };

  std::optional<std::string> first;
  for (auto it = pending_.lower_bound(KeyView{family, from}); it != pending_.end() && it->first.family == family;
       ++it) {
    if (beyond(it->first.bytes)) break;
    if (!batch_.entries()[it->second].value) continue;
    first = it->first.bytes;
    break;
  }

  IterateOptions bounds;
  bounds.lower_bound = from;
  bounds.upper_bound = until;
  const auto stored = store_.iterate(family, std::move(bounds));
  // Keys with a pending entry are decided above: replaced ones were found there, removed ones do not count.
  for (stored->seek(from); stored->valid() && (!first || stored->key() < *first); stored->next()) {
    if (pending_.contains(KeyView{family, stored->key()})) continue;
    return std::optional(std::string(stored->key()));
  }
  if (!stored->valid()) CHECK_OK(stored->status());
  return first;
}

void BatchView::absorb(Batch& part, bool last) {
  auto& all = batch_.entries();
  if (!last) {
    size_t place = all.size();
    for (const Batch::Entry& entry : part.entries()) {
      pending_.insert_or_assign(Key{entry.family, entry.key}, place++);
    }
  }
  std::move(part.entries().begin(), part.entries().end(), std::back_inserter(all));
  part.entries().clear();
}

}  // namespace garage::kv
