#include "model/directory.hpp"

#include <algorithm>
#include <ranges>

namespace garage::model {

std::shared_ptr<const Bucket> Directory::bucket(const BucketId& id) const {
  auto it = buckets_.find(id);
  return it == buckets_.end() ? nullptr : it->second;
}

std::shared_ptr<const AccessKey> Directory::key(std::string_view id) const {
  auto it = keys_.find(id);
  return it == keys_.end() ? nullptr : it->second;
}

std::shared_ptr<const AdminToken> Directory::admin_token(std::string_view id) const {
  auto it = admin_tokens_.find(id);
  return it == admin_tokens_.end() ? nullptr : it->second;
}

std::optional<BucketId> Directory::alias_target(std::string_view global_alias) const {
  auto it = aliases_.find(global_alias);
  return it == aliases_.end() ? std::nullopt : std::optional(it->second);
}

std::vector<std::string> Directory::aliases_of(const BucketId& id) const {
  std::vector<std::string> out;
  for (const auto& [alias, target] : aliases_) {
    if (target == id) out.push_back(alias);
  }
  return out;
}

std::shared_ptr<const Bucket> Directory::resolve_bucket(std::string_view name, const AccessKey* key) const {
  if (key != nullptr && !key->local_aliases.empty()) {
    const auto it = key->local_aliases.find(std::string(name));
    if (it != key->local_aliases.end() && !is_gone(it->second)) return bucket(it->second);
  }
  if (name.size() == 2 * BucketId::kSize) {
    if (auto id = BucketId::from_hex(name)) return bucket(*id);
  }
  const auto target = alias_target(name);
  return target ? bucket(*target) : nullptr;
}

std::vector<std::shared_ptr<const Bucket>> Directory::buckets() const {
  std::vector<std::shared_ptr<const Bucket>> out;
  for (const auto& [id, bucket] : buckets_) out.push_back(bucket);
  return out;
}

std::vector<std::shared_ptr<const AccessKey>> Directory::keys() const {
  std::vector<std::shared_ptr<const AccessKey>> out;
  for (const auto& [id, key] : keys_) out.push_back(key);
  std::ranges::sort(out, {}, [](const auto& key) -> const std::string& { return key->id; });
  return out;
}

std::vector<std::shared_ptr<const AdminToken>> Directory::admin_tokens() const {
  std::vector<std::shared_ptr<const AdminToken>> out;
  for (const auto& [id, token] : admin_tokens_) out.push_back(token);
  return out;
}

std::vector<std::pair<std::string, std::shared_ptr<const Bucket>>> Directory::visible_buckets(
    const AccessKey& key) const {
  std::vector<std::pair<std::string, std::shared_ptr<const Bucket>>> out;
  for (const auto& [alias, id] : key.local_aliases) {
    if (auto found = bucket(id)) out.emplace_back(alias, found);
  }
  for (const auto& [alias, id] : aliases_) {
    auto found = bucket(id);
    if (!found || !found->permission_of(key.id).any()) continue;
    const auto local = key.local_aliases.find(alias);
    if (local == key.local_aliases.end() || is_gone(local->second)) out.emplace_back(alias, found);
  }
  std::ranges::sort(out, {}, [](const auto& entry) -> const std::string& { return entry.first; });
  return out;
}

}  // namespace garage::model
