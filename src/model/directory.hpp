// The settings of all buckets and keys as one immutable snapshot: what a request needs to know about names, keys and
// rights without asking anybody. Every node keeps one; settings.hpp swaps it whole.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ids.hpp"
#include "model/access_key.hpp"
#include "model/admin_token.hpp"
#include "model/bucket.hpp"

namespace garage::model {

struct StringHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

class Directory {
 public:
  std::shared_ptr<const Bucket> bucket(const BucketId& id) const;
  std::shared_ptr<const AccessKey> key(std::string_view id) const;
  std::shared_ptr<const AdminToken> admin_token(std::string_view id) const;
  std::vector<std::string> aliases_of(const BucketId& id) const;
  std::optional<BucketId> alias_target(std::string_view global_alias) const;
  // Was there such a bucket, and is it deleted?
  bool is_gone(const BucketId& id) const { return gone_.contains(id); }
  // Local alias of the key first, then a 64-digit id, then a global alias. `key` may be null. A local alias of a bucket
  // that is gone hides nothing: who deleted it may have died before its names went.
  std::shared_ptr<const Bucket> resolve_bucket(std::string_view name, const AccessKey* key) const;

  // In the order of their ids.
  std::vector<std::shared_ptr<const Bucket>> buckets() const;
  std::vector<std::shared_ptr<const AccessKey>> keys() const;
  std::vector<std::shared_ptr<const AdminToken>> admin_tokens() const;
  // Names and buckets that the key has any right on, sorted by name.
  std::vector<std::pair<std::string, std::shared_ptr<const Bucket>>> visible_buckets(const AccessKey& key) const;

 private:
  friend class Settings;
  std::map<BucketId, std::shared_ptr<const Bucket>> buckets_;
  std::set<BucketId> gone_;
  std::map<std::string, BucketId, std::less<>> aliases_;
  std::unordered_map<std::string, std::shared_ptr<const AccessKey>, StringHash, std::equal_to<>> keys_;
  std::map<std::string, std::shared_ptr<const AdminToken>, std::less<>> admin_tokens_;
};

}  // namespace garage::model
