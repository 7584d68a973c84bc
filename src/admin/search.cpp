#include "admin/search.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "admin/node_identity.hpp"

namespace garage::admin {
namespace {

constexpr size_t kShownMax = 10;

std::unexpected<AdminError> several(std::string_view what, const std::vector<std::string>& candidates) {
  const auto shown = std::min(candidates.size(), kShownMax);
  return invalid_request(
      fmt::format("{} {}: {}{}", candidates.size(), what,
                  fmt::join(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                  shown < candidates.size() ? ", ..." : ""));
}

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

template <class Matches>
AdminResult<Key> only(const std::vector<Key>& keys, Matches matches, bool& found) {
  std::vector<Key> matching;
  std::ranges::copy_if(keys, std::back_inserter(matching), matches);
  found = !matching.empty();
  if (matching.size() == 1) return matching.front();
  std::vector<std::string> names;
  for (const Key& key : matching) names.push_back(fmt::format("{} ({})", key->id, key->name));
  return several("matching keys", names);
}

}  // namespace

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

AdminResult<Bucket> search_bucket(const model::Directory& directory, std::string_view pattern) {
  if (auto exact = directory.resolve_bucket(pattern, nullptr)) return exact;
  const std::string prefix = lower(pattern);
  if (prefix.size() < 2 || !is_hex(prefix)) return no_such_bucket(pattern);
  std::vector<Bucket> matching;
  std::vector<std::string> names;
  for (const Bucket& bucket : directory.buckets()) {
    if (!bucket->id.hex().starts_with(prefix)) continue;
    matching.push_back(bucket);
    names.push_back(fmt::format("{} ({})", bucket->id.hex().substr(0, 16), bucket->display_name()));
  }
  if (matching.empty()) return no_such_bucket(pattern);
  if (matching.size() > 1) return several("matching buckets", names);
  return matching.front();
}

AdminResult<Key> search_key(const model::Directory& directory, std::string_view pattern) {
  if (auto exact = directory.key(pattern)) return exact;
  const auto keys = directory.keys();
  const std::string wanted = lower(pattern);
  bool found = false;
  auto by_name = only(keys, [&](const Key& key) { return lower(key->name) == wanted; }, found);
  if (found) return by_name;
  auto by_prefix =
      only(keys, [&](const Key& key) { return !wanted.empty() && lower(key->id).starts_with(wanted); }, found);
  if (found) return by_prefix;
  return no_such_key(pattern);
}

AdminResult<Bucket> bucket_by_id(const model::Directory& directory, std::string_view id) {
  const auto parsed = BucketId::from_hex(id);
  if (!parsed) return invalid_request(fmt::format("'{}' is not a bucket id (64 hexadecimal digits)", id));
  if (auto bucket = directory.bucket(*parsed)) return bucket;
  return no_such_bucket(id);
}

AdminResult<Key> key_by_id(const model::Directory& directory, std::string_view id) {
  if (auto key = directory.key(id)) return key;
  return no_such_key(id);
}

AdminResult<bool> require_layout(const Context& context) {
  if (context.layout.current()->version > 0) return true;
  return admin_fail(
      "LayoutNotReady", 503,
      fmt::format(
          "Layout not ready: no cluster layout has been applied yet. Give this node a role, for example with "
          "`garage layout assign -z dc1 -c 100G {}`, then `garage layout apply --version 1`; or start the server "
          "with --single-node",
          short_id(context.facts.id)));
}

}  // namespace garage::admin
